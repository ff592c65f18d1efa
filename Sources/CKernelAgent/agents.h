/* What the parts of the driver share. */
#ifndef KERNEL_AGENT_AGENTS_H
#define KERNEL_AGENT_AGENTS_H

#include "slot.h"

struct agent_process {
  int pid, pidfd; /* 0 and -1: none */
};

struct kernel_agents {
  char *control;
  int control_fd, executable;
  int files[KERNEL_AGENT_FILES];
  struct agent_process processes[KERNEL_AGENT_SLOTS];
  uint64_t user_end, stack_limit;
  uint32_t wait_milliseconds;
};

struct kernel_agent_slot *agents_slot(const struct kernel_agents *agents, uint32_t slot);
/* Fills in a failure; always 0. */
int agents_fail(struct kernel_agent_failure *failure, uint32_t stage, int error, uint64_t number);
/* Waits, no longer than is allowed, until a word of the control area is as wanted; `late` is what failed if
 * it never is. */
int agents_await(struct kernel_agents *agents, uint32_t slot, volatile uint32_t *word, uint32_t wanted,
                 uint32_t late, struct kernel_agent_failure *failure);
void agents_wake(volatile uint32_t *word);
void agents_prepare_slot(struct kernel_agents *agents, uint32_t slot);
/* Takes over a new child: its pidfd, and until it is ready. */
int agents_adopt(struct kernel_agents *agents, uint32_t slot, int pid, struct kernel_agent_failure *failure);
/* Waits for an agent's end, or brings it about; 0 if it does not end by itself in time. */
int agents_end(struct kernel_agents *agents, uint32_t slot, int kill_it);

#endif
