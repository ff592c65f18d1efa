/* What an agent and its driver share: one slot of the control area for each agent. */
#ifndef KERNEL_AGENT_SLOT_H
#define KERNEL_AGENT_SLOT_H

#include "CKernelAgent.h"

/* The lower half holds the slot and the agent's stack, the upper half the stack of its signal handler, which
 * therefore finds the slot by rounding the stack pointer down. */
#define KERNEL_AGENT_SLOT_BYTES (KERNEL_AGENT_CONTROL_BYTES / KERNEL_AGENT_SLOTS)

/* The descriptors that an agent starts with. */
#define KERNEL_AGENT_CONTROL_FD 3
#define KERNEL_AGENT_FILE_FD 20

enum { AGENT_CODE_CALL = 1, AGENT_CODE_READ, AGENT_CODE_WRITE, AGENT_CODE_FORK, AGENT_CODE_EXIT };

struct kernel_agent_slot {
  volatile uint32_t request, reply, ready; /* futexes; a request is a new number, its reply the same */
  uint32_t code;
  uint64_t arguments[7]; /* of a system call: its number and six arguments */
  int64_t value;
  uint64_t signal_address;
  uint32_t signals, signal, signal_code;
  uint32_t minor_faults, major_faults;
  uint32_t faulted[2];
  uint32_t parent;   /* the driver: an agent that has lost it ends */
  uint64_t user_end; /* in: where user addresses may end; out: where they do */
  /* Where the code's parts lie: it has no relocations, so it is told. */
  uint64_t handler, restorer, resume;
};

/* The parts of the code, in a section of their own. */
extern const char __start_agent_text[], __stop_agent_text[];
void kernel_agent_entry(void);
void kernel_agent_handler(int signal, void *information, void *context);
void kernel_agent_restorer(void);
void kernel_agent_resume(void);

#if defined __x86_64__ || defined __i386__ || defined __arm__ || defined __aarch64__
#define KERNEL_AGENT_SUPPORTED 1
#else
#define KERNEL_AGENT_SUPPORTED 0
#endif

#endif
