/* What differs by processor in the agent: system calls, one load or store that may fault, fork. */
#ifndef KERNEL_AGENT_MACHINE_H
#define KERNEL_AGENT_MACHINE_H

#define AGENT_SECTION(body) __asm__(".pushsection agent_text,\"ax\",%progbits\n" body "\n.popsection")
#define AGENT_GLOBAL(name) ".globl " name "\n.hidden " name "\n.type " name ",%function\n" name ":\n"

/* kernel_agent_touch(address, write): one access of one byte; 0, or 1 where the handler went on at
 * kernel_agent_resume. kernel_agent_entry and kernel_agent_fork give the stack to C. */
#if defined __x86_64__

AGENT long kernel_agent_call(long n, long a, long b, long c, long d, long e, long f) {
  long r;
  register long r10 __asm__("r10") = d;
  register long r8 __asm__("r8") = e;
  register long r9 __asm__("r9") = f;
  __asm__ volatile("syscall"
                   : "=a"(r)
                   : "0"(n), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
                   : "rcx", "r11", "memory");
  return r;
}

AGENT_SECTION(
  AGENT_GLOBAL("kernel_agent_entry") "xor %ebp,%ebp\n and $-16,%rsp\n call kernel_agent_prepare\n"
  "mov %rax,%rsp\n xor %ebp,%ebp\n call kernel_agent_begin\n hlt\n"
  /* (flags, stack): in the child, on its new stack, never to return */
  AGENT_GLOBAL("kernel_agent_fork") "xor %edx,%edx\n xor %r10d,%r10d\n xor %r8d,%r8d\n mov $56,%eax\n syscall\n"
  "test %rax,%rax\n jz 1f\n ret\n 1: xor %ebp,%ebp\n call kernel_agent_serve\n hlt\n"
  AGENT_GLOBAL("kernel_agent_touch") "test %esi,%esi\n jnz 1f\n movb (%rdi),%al\n xor %eax,%eax\n ret\n"
  "1: movb $1,(%rdi)\n xor %eax,%eax\n ret\n"
  AGENT_GLOBAL("kernel_agent_resume") "mov $1,%eax\n ret\n"
  AGENT_GLOBAL("kernel_agent_restorer") "mov $15,%eax\n syscall\n hlt\n"
);
#define AGENT_PROGRAM_COUNTER(context) (context)->uc_mcontext.gregs[REG_RIP]

#elif defined __i386__

AGENT long kernel_agent_call(long n, long a, long b, long c, long d, long e, long f) {
  long r;
  long first_and_last[2] = {n, f};
  __asm__ volatile("pushl %%ebp\n push %%eax\n movl 4(%%eax),%%ebp\n movl (%%eax),%%eax\n int $0x80\n"
                   "addl $4,%%esp\n popl %%ebp"
                   : "=a"(r)
                   : "0"(first_and_last), "b"(a), "c"(b), "d"(c), "S"(d), "D"(e)
                   : "memory");
  return r;
}

AGENT_SECTION(
  AGENT_GLOBAL("kernel_agent_entry") "xor %ebp,%ebp\n and $-16,%esp\n call kernel_agent_prepare\n"
  "mov %eax,%esp\n xor %ebp,%ebp\n call kernel_agent_begin\n hlt\n"
  AGENT_GLOBAL("kernel_agent_fork") "push %ebx\n push %esi\n push %edi\n mov 16(%esp),%ebx\n mov 20(%esp),%ecx\n"
  "xor %edx,%edx\n xor %esi,%esi\n xor %edi,%edi\n mov $120,%eax\n int $0x80\n test %eax,%eax\n jz 1f\n"
  "pop %edi\n pop %esi\n pop %ebx\n ret\n 1: xor %ebp,%ebp\n call kernel_agent_serve\n hlt\n"
  AGENT_GLOBAL("kernel_agent_touch") "movl 4(%esp),%ecx\n cmpl $0,8(%esp)\n jne 1f\n movb (%ecx),%al\n"
  "xor %eax,%eax\n ret\n 1: movb $1,(%ecx)\n xor %eax,%eax\n ret\n"
  AGENT_GLOBAL("kernel_agent_resume") "mov $1,%eax\n ret\n"
  AGENT_GLOBAL("kernel_agent_restorer") "mov $173,%eax\n int $0x80\n hlt\n"
);
#define AGENT_PROGRAM_COUNTER(context) (context)->uc_mcontext.gregs[REG_EIP]

#elif defined __arm__

AGENT long kernel_agent_call(long n, long a, long b, long c, long d, long e, long f) {
  register long r7 __asm__("r7") = n;
  register long r0 __asm__("r0") = a;
  register long r1 __asm__("r1") = b;
  register long r2 __asm__("r2") = c;
  register long r3 __asm__("r3") = d;
  register long r4 __asm__("r4") = e;
  register long r5 __asm__("r5") = f;
  __asm__ volatile("svc 0"
                   : "+r"(r0)
                   : "r"(r7), "r"(r1), "r"(r2), "r"(r3), "r"(r4), "r"(r5)
                   : "memory");
  return r0;
}

AGENT_SECTION(
  ".arm\n"
  AGENT_GLOBAL("kernel_agent_entry") "bl kernel_agent_prepare\n mov sp,r0\n bl kernel_agent_begin\n"
  AGENT_GLOBAL("kernel_agent_fork") "push {r4,r7,lr}\n mov r2,#0\n mov r3,#0\n mov r4,#0\n mov r7,#120\n svc 0\n"
  "cmp r0,#0\n beq 1f\n pop {r4,r7,pc}\n 1: bl kernel_agent_serve\n"
  AGENT_GLOBAL("kernel_agent_touch") "cmp r1,#0\n mov r2,#1\n bne 1f\n ldrb r1,[r0]\n mov r0,#0\n bx lr\n"
  "1: strb r2,[r0]\n mov r0,#0\n bx lr\n"
  AGENT_GLOBAL("kernel_agent_resume") "mov r0,#1\n bx lr\n"
  AGENT_GLOBAL("kernel_agent_restorer") "mov r7,#173\n svc 0\n"
);
#define AGENT_PROGRAM_COUNTER(context) (context)->uc_mcontext.arm_pc

#elif defined __aarch64__

AGENT long kernel_agent_call(long n, long a, long b, long c, long d, long e, long f) {
  register long x8 __asm__("x8") = n;
  register long x0 __asm__("x0") = a;
  register long x1 __asm__("x1") = b;
  register long x2 __asm__("x2") = c;
  register long x3 __asm__("x3") = d;
  register long x4 __asm__("x4") = e;
  register long x5 __asm__("x5") = f;
  __asm__ volatile("svc 0"
                   : "+r"(x0)
                   : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
                   : "memory");
  return x0;
}

AGENT_SECTION(
  AGENT_GLOBAL("kernel_agent_entry") "bl kernel_agent_prepare\n mov sp,x0\n bl kernel_agent_begin\n brk 0\n"
  AGENT_GLOBAL("kernel_agent_fork") "mov x2,#0\n mov x3,#0\n mov x4,#0\n mov x8,#220\n svc 0\n cbz x0,1f\n ret\n"
  "1: mov x29,#0\n bl kernel_agent_serve\n brk 0\n"
  AGENT_GLOBAL("kernel_agent_touch") "mov w2,#1\n cbnz w1,1f\n ldrb w3,[x0]\n mov w0,#0\n ret\n"
  "1: strb w2,[x0]\n mov w0,#0\n ret\n"
  AGENT_GLOBAL("kernel_agent_resume") "mov w0,#1\n ret\n"
  AGENT_GLOBAL("kernel_agent_restorer") "mov x8,#139\n svc 0\n brk 0\n"
);
#define AGENT_PROGRAM_COUNTER(context) (context)->uc_mcontext.pc

#endif
#endif
