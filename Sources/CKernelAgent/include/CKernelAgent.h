/* Processes that do what they are told with their own memory, and what became of it.
 *
 * An agent is a process that consists of one page of code and a shared control area and nothing else, so
 * that all its other memory is what the caller asked for. Agents fork into further agents; each has a slot.
 * Not thread safe: one set of agents belongs to one thread at a time. */
#ifndef C_KERNEL_AGENT_H
#define C_KERNEL_AGENT_H

#include <stdint.h>

/* Two pages below a boundary of page tables (of 2 MiB and of 4 MiB ones), so that the break, which begins
 * behind the code, crosses it. */
enum {
  KERNEL_AGENT_PAGE_BYTES = 4096,
  KERNEL_AGENT_SLOTS = 8,
  KERNEL_AGENT_FILES = 4,
  KERNEL_AGENT_CONTROL = 0x10300000,
  KERNEL_AGENT_CONTROL_BYTES = 0x40000,
  KERNEL_AGENT_TEXT = 0x103fd000,
  KERNEL_AGENT_TEXT_BYTES = 0x1000,
};

enum kernel_agent_kind {
  KERNEL_AGENT_READ,      /* address, pages */
  KERNEL_AGENT_WRITE,     /* address, pages */
  KERNEL_AGENT_MMAP,      /* address, length, protection, flags, file or ~0, offset */
  KERNEL_AGENT_MUNMAP,    /* address, length */
  KERNEL_AGENT_MPROTECT,  /* address, length, protection */
  KERNEL_AGENT_MADVISE,   /* address, length, advice */
  KERNEL_AGENT_MREMAP,    /* address, old length, new length, flags, new address */
  KERNEL_AGENT_BRK,       /* address */
  KERNEL_AGENT_MLOCK,     /* address, length */
  KERNEL_AGENT_MLOCK2,    /* address, length, flags */
  KERNEL_AGENT_MUNLOCK,   /* address, length */
  KERNEL_AGENT_MSYNC,     /* address, length, flags */
  KERNEL_AGENT_FTRUNCATE, /* file, size */
  KERNEL_AGENT_FALLOCATE, /* file, mode, offset, length */
  KERNEL_AGENT_FORK,      /* the child's slot */
  KERNEL_AGENT_EXIT,
};

struct kernel_agent_operation {
  uint32_t slot;
  uint32_t kind;
  uint64_t arguments[6];
};

struct kernel_agent_outcome {
  int64_t value;  /* what the system call returned, -errno included; of a touch, how many pages faulted */
  uint32_t signals, signal, signal_code; /* how many signals came, and the last one */
  uint64_t signal_address;
  uint32_t minor_faults, major_faults;
  uint64_t faulted; /* of a touch: bit N for a signal at page N, modulo 64 */
};

/* What was being tried when something failed. */
enum kernel_agent_stage {
  KERNEL_AGENT_STAGE_NONE,
  KERNEL_AGENT_STAGE_ARCHITECTURE, /* no agent for this processor */
  KERNEL_AGENT_STAGE_PAGE_SIZE,    /* number: this kernel's */
  KERNEL_AGENT_STAGE_TEXT_SIZE,    /* number: bytes of code */
  KERNEL_AGENT_STAGE_MEMORY,
  KERNEL_AGENT_STAGE_MEMFD,
  KERNEL_AGENT_STAGE_FILE,
  KERNEL_AGENT_STAGE_SPAWN,
  KERNEL_AGENT_STAGE_EXEC,
  KERNEL_AGENT_STAGE_PIDFD,
  KERNEL_AGENT_STAGE_START,  /* the agent did not get ready in time */
  KERNEL_AGENT_STAGE_SILENT, /* it did not answer in time */
  KERNEL_AGENT_STAGE_DIED,   /* number: the signal that ended it, or 0 */
  KERNEL_AGENT_STAGE_SLOT,   /* no such process, or the child's slot is taken */
  KERNEL_AGENT_STAGE_RANGE,  /* the operation would touch the agent itself, or is not of this machine */
};

struct kernel_agent_failure {
  uint32_t stage;
  int32_t error;  /* errno, or 0 */
  uint64_t number;
};

/* A phrase that follows "cannot observe the kernel: " and says what failed; of static storage. */
const char *kernel_agent_stage_text(uint32_t stage);

struct kernel_agents;

/* A set of agents, none of them started. 0 if it cannot be had. */
struct kernel_agents *kernel_agents_open(uint32_t wait_milliseconds, struct kernel_agent_failure *failure);
/* Ends every agent, and starts one in slot 0 with empty files. Whether it could. */
int kernel_agents_start(struct kernel_agents *agents, struct kernel_agent_failure *failure);
/* Does one operation. Whether it could be done: that the kernel refused it is an outcome. */
int kernel_agents_perform(struct kernel_agents *agents, const struct kernel_agent_operation *operation,
                          struct kernel_agent_outcome *outcome, struct kernel_agent_failure *failure);
/* The process in a slot, or 0. */
int kernel_agents_pid(const struct kernel_agents *agents, uint32_t slot);
/* Where user addresses end, as the agent found it. */
uint64_t kernel_agents_user_end(const struct kernel_agents *agents);
/* The descriptor of a file, in the caller. */
int kernel_agents_file(const struct kernel_agents *agents, uint32_t file);
/* The agents' limit of the stack's size, in bytes. */
uint64_t kernel_agents_stack_limit(const struct kernel_agents *agents);
/* Ends every agent and forgets the set. */
void kernel_agents_close(struct kernel_agents *agents);

/* Confines this thread to a processor (-1: the one it is on); what it was confined to is kept in `saved`,
 * of 128 bytes. 0, or errno. */
int kernel_agent_pin(int cpu, uint8_t *saved, int *thread);
void kernel_agent_unpin(const uint8_t *saved, int thread);

/* A small executable that runs an agent, as it is written to memory: for tests. -1 if there is none. */
int kernel_agent_executable(struct kernel_agent_failure *failure);

#endif
