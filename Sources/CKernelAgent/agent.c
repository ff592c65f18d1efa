/* The agent. Its code is compiled into the driver's own program, in a section of its own, and copied from
 * there into a small executable (executable.c): so it may use nothing outside the section: no data, no
 * constants in memory, no library function, no address of a function. */
#define _GNU_SOURCE
#include "slot.h"

#if KERNEL_AGENT_SUPPORTED
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>

#ifndef MADV_POPULATE_READ
#define MADV_POPULATE_READ 22
#define MADV_POPULATE_WRITE 23
#endif

#ifndef __has_attribute
#define __has_attribute(x) 0
#endif
#if __has_attribute(disable_sanitizer_instrumentation)
#define AGENT_PLAIN_SANITIZER __attribute__((disable_sanitizer_instrumentation))
#else
#define AGENT_PLAIN_SANITIZER
#endif
#if __has_attribute(no_stack_protector)
#define AGENT_PLAIN_STACK __attribute__((no_stack_protector))
#else
#define AGENT_PLAIN_STACK
#endif
/* Nothing that a compiler adds on request may call out of the section. */
#define AGENT_PLAIN AGENT_PLAIN_SANITIZER AGENT_PLAIN_STACK __attribute__((no_profile_instrument_function))
#define AGENT_INLINE inline __attribute__((always_inline)) AGENT_PLAIN
#define AGENT __attribute__((section("agent_text"), used, noinline, visibility("hidden"))) AGENT_PLAIN

#include "machine.h"

typedef struct kernel_agent_slot slot_t;
long kernel_agent_touch(void *address, int write) __attribute__((visibility("hidden")));
long kernel_agent_fork(unsigned long flags, void *stack) __attribute__((visibility("hidden")));

/* The kernel's structures, where the C library's differ. */
struct kernel_action {
  uintptr_t handler;
  unsigned long flags;
  uintptr_t restorer;
  uint32_t mask[2];
};
struct kernel_stack {
  uintptr_t base;
  int flags;
  size_t bytes;
};
struct kernel_time {
  long seconds, nanoseconds;
};

/* Two processors, but one shared memory: what was stored before is seen before. */
#define AGENT_FENCE() __atomic_thread_fence(__ATOMIC_SEQ_CST)

static AGENT_INLINE slot_t *slot_of(uintptr_t stack_pointer) {
  return (slot_t *)(stack_pointer & ~(uintptr_t)(KERNEL_AGENT_SLOT_BYTES - 1));
}

static AGENT_INLINE long unmap(uintptr_t start, uintptr_t end) {
  return kernel_agent_call(SYS_munmap, (long)start, (long)(end - start), 0, 0, 0, 0);
}

/* The place of a fault is noted, and the program goes on behind it. */
AGENT void kernel_agent_handler(int signal, void *information, void *context) {
  slot_t *slot = slot_of((uintptr_t)__builtin_frame_address(0));
  siginfo_t *seen = information;
  slot->signals++;
  slot->signal = (uint32_t)signal;
  slot->signal_code = (uint32_t)seen->si_code;
  slot->signal_address = (uintptr_t)seen->si_addr;
  AGENT_PROGRAM_COUNTER((ucontext_t *)context) = (uintptr_t)slot->resume;
}

/* The first thing of a new agent, on the stack that the kernel made: where its own stack is. */
AGENT uintptr_t kernel_agent_prepare(void) {
#ifdef SYS_mmap2
  long number = SYS_mmap2;
#else
  long number = SYS_mmap;
#endif
  kernel_agent_call(number, KERNEL_AGENT_CONTROL, KERNEL_AGENT_CONTROL_BYTES, PROT_READ | PROT_WRITE,
        MAP_SHARED | MAP_FIXED, KERNEL_AGENT_CONTROL_FD, 0);
  kernel_agent_call(SYS_close, KERNEL_AGENT_CONTROL_FD, 0, 0, 0, 0, 0);
  slot_t *slot = (slot_t *)(uintptr_t)KERNEL_AGENT_CONTROL;
  volatile struct kernel_action action;
  action.handler = (uintptr_t)slot->handler;
  action.flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER | 0x04000000 /* SA_RESTORER */;
  action.restorer = (uintptr_t)slot->restorer;
  action.mask[0] = 0;
  action.mask[1] = 0;
  kernel_agent_call(SYS_rt_sigaction, SIGSEGV, (long)&action, 0, 8, 0, 0);
  kernel_agent_call(SYS_rt_sigaction, SIGBUS, (long)&action, 0, 8, 0, 0);
  /* it was started with every signal blocked */
  kernel_agent_call(SYS_rt_sigprocmask, SIG_SETMASK, (long)&action.mask, 0, 8, 0, 0);
  return KERNEL_AGENT_CONTROL + KERNEL_AGENT_SLOT_BYTES / 2 - 64;
}

AGENT void kernel_agent_serve(void);

/* On its own stack: nothing but the text and the control area stays. */
AGENT void kernel_agent_begin(void) {
  slot_t *slot = (slot_t *)(uintptr_t)KERNEL_AGENT_CONTROL;
  uintptr_t after = KERNEL_AGENT_TEXT + KERNEL_AGENT_TEXT_BYTES;
  unmap(0x10000, KERNEL_AGENT_CONTROL);
  unmap(KERNEL_AGENT_CONTROL + KERNEL_AGENT_CONTROL_BYTES, KERNEL_AGENT_TEXT);
  uintptr_t end = (uintptr_t)slot->user_end;
  while (unmap(after, end) < 0 && end >> 1 > after) end >>= 1;
  slot->user_end = end;
  kernel_agent_serve();
}

/* What the fault counters say, from the kernel's own structure: two times of two words, four words, and then
 * the minor and the major faults. */
static AGENT_INLINE void count_faults(uint32_t counts[2]) {
  volatile long usage[40];
  kernel_agent_call(SYS_getrusage, 0, (long)usage, 0, 0, 0, 0);
  counts[0] = (uint32_t)usage[8];
  counts[1] = (uint32_t)usage[9];
}

static AGENT_INLINE long touch_pages(slot_t *slot, int write) {
  uintptr_t address = (uintptr_t)slot->arguments[0];
  unsigned long pages = (unsigned long)slot->arguments[1];
  long faulted = 0;
  for (unsigned long i = 0; i < pages; i++)
    if (kernel_agent_touch((void *)(address + i * KERNEL_AGENT_PAGE_BYTES), write)) {
      slot->faulted[(i >> 5) & 1] |= (uint32_t)1 << (i & 31);
      faulted++;
    }
  return faulted;
}

/* Does what it is told, for ever. */
AGENT void kernel_agent_serve(void) {
  slot_t *slot = slot_of((uintptr_t)__builtin_frame_address(0));
  volatile struct kernel_stack stack;
  stack.base = (uintptr_t)slot + KERNEL_AGENT_SLOT_BYTES / 2;
  stack.flags = 0;
  stack.bytes = KERNEL_AGENT_SLOT_BYTES / 2;
  kernel_agent_call(SYS_sigaltstack, (long)&stack, 0, 0, 0, 0, 0);
  /* from here on a command costs no fault of its own */
  kernel_agent_call(SYS_madvise, KERNEL_AGENT_CONTROL, KERNEL_AGENT_CONTROL_BYTES, MADV_POPULATE_WRITE, 0, 0, 0);
  kernel_agent_call(SYS_madvise, KERNEL_AGENT_TEXT, KERNEL_AGENT_TEXT_BYTES, MADV_POPULATE_READ, 0, 0, 0);
  /* a process' first signal may cost one too (on 32-bit ARM it does) */
  kernel_agent_touch((void *)8, 0);
  kernel_agent_touch((void *)8, 1);
  uint32_t done = slot->request;
  slot->ready = 1;
  kernel_agent_call(SYS_futex, (long)&slot->ready, 1 /* wake */, 1, 0, 0, 0);
  for (;;) {
    while (slot->request == done) {
      volatile struct kernel_time limit;
      limit.seconds = 2;
      limit.nanoseconds = 0;
      kernel_agent_call(SYS_futex, (long)&slot->request, 0 /* wait */, (long)done, (long)&limit, 0, 0);
      if (slot->request == done && kernel_agent_call(SYS_getppid, 0, 0, 0, 0, 0, 0) != (long)slot->parent)
        kernel_agent_call(SYS_exit_group, 0, 0, 0, 0, 0, 0);
    }
    AGENT_FENCE();
    done = slot->request;
    slot->signals = slot->signal = slot->signal_code = 0;
    slot->signal_address = 0;
    slot->faulted[0] = slot->faulted[1] = 0;
    uint32_t before[2], after[2], code = slot->code;
    count_faults(before);
    long value = 0;
    if (code == AGENT_CODE_CALL)
      value = kernel_agent_call((long)slot->arguments[0], (long)slot->arguments[1], (long)slot->arguments[2],
                    (long)slot->arguments[3], (long)slot->arguments[4], (long)slot->arguments[5],
                    (long)slot->arguments[6]);
    else if (code == AGENT_CODE_READ || code == AGENT_CODE_WRITE)
      value = touch_pages(slot, code == AGENT_CODE_WRITE);
    else if (code == AGENT_CODE_FORK)
      /* a child of the driver, not of this process: the driver reaps it (0x8000: CLONE_PARENT) */
      value = kernel_agent_fork(0x8000 | SIGCHLD, (void *)(uintptr_t)slot->arguments[0]);
    else if (code == AGENT_CODE_EXIT)
      kernel_agent_call(SYS_exit_group, 0, 0, 0, 0, 0, 0);
    count_faults(after);
    /* an address of 32 bits is not negative, an error is */
    slot->value = (unsigned long)value >= -4095UL ? (int64_t)value : (int64_t)(uint64_t)(unsigned long)value;
    slot->minor_faults = after[0] - before[0];
    slot->major_faults = after[1] - before[1];
    AGENT_FENCE();
    slot->reply = done;
    kernel_agent_call(SYS_futex, (long)&slot->reply, 1, 1, 0, 0, 0);
  }
}
#endif
