/* One operation: from its meaning to a command for the agent, and back. */
#define _GNU_SOURCE
#include "agents.h"

#include <errno.h>
#include <sched.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef SYS_mmap2
#define MAP_CALL SYS_mmap2
#define MAP_OFFSET(bytes) ((bytes) / KERNEL_AGENT_PAGE_BYTES)
#else
#define MAP_CALL SYS_mmap
#define MAP_OFFSET(bytes) (bytes)
#endif

static const uint64_t agent_start = KERNEL_AGENT_CONTROL;
static const uint64_t agent_end = KERNEL_AGENT_TEXT + KERNEL_AGENT_TEXT_BYTES;

/* Whether a range, rounded up to whole pages as the kernel does, stays away from the agent itself. */
static int harmless(uint64_t start, uint64_t bytes) {
  uint64_t end;
  if (__builtin_add_overflow(start, bytes, &end)) return 1; /* the kernel refuses it */
  if (end > UINT64_MAX - KERNEL_AGENT_PAGE_BYTES) return 1;
  return end <= agent_start || start >= agent_end;
}

struct call {
  long number;
  uint64_t arguments[6];
};

static int file_of(uint64_t file, uint64_t *descriptor) {
  *descriptor = KERNEL_AGENT_FILE_FD + file;
  return file < KERNEL_AGENT_FILES;
}

/* The system call of an operation; 0 if it must not be made. */
static int call_of(const struct kernel_agent_operation *operation, struct call *call) {
  const uint64_t *a = operation->arguments;
  memcpy(call->arguments, a, sizeof call->arguments);
  switch (operation->kind) {
  case KERNEL_AGENT_MMAP:
    call->number = MAP_CALL;
    if (a[4] == ~0ULL) call->arguments[4] = (uint64_t)-1;
    else if (!file_of(a[4], &call->arguments[4])) return 0;
    call->arguments[5] = MAP_OFFSET(a[5]);
    return !(a[3] & MAP_FIXED) || harmless(a[0], a[1]);
  case KERNEL_AGENT_MUNMAP: call->number = SYS_munmap; return harmless(a[0], a[1]);
  case KERNEL_AGENT_MPROTECT: call->number = SYS_mprotect; return harmless(a[0], a[1]);
  case KERNEL_AGENT_MADVISE: call->number = SYS_madvise; return harmless(a[0], a[1]);
  case KERNEL_AGENT_MREMAP:
    call->number = SYS_mremap;
    return harmless(a[0], a[1]) && (!(a[3] & MREMAP_FIXED) || harmless(a[4], a[2]));
  case KERNEL_AGENT_BRK: call->number = SYS_brk; return 1;
  case KERNEL_AGENT_MLOCK: call->number = SYS_mlock; return harmless(a[0], a[1]);
  case KERNEL_AGENT_MLOCK2: call->number = SYS_mlock2; return harmless(a[0], a[1]);
  case KERNEL_AGENT_MUNLOCK: call->number = SYS_munlock; return harmless(a[0], a[1]);
  case KERNEL_AGENT_MSYNC: call->number = SYS_msync; return harmless(a[0], a[1]);
  case KERNEL_AGENT_FTRUNCATE: call->number = SYS_ftruncate; return file_of(a[0], &call->arguments[0]);
  case KERNEL_AGENT_FALLOCATE:
    call->number = SYS_fallocate;
#if __SIZEOF_LONG__ == 4
    call->arguments[2] = (uint32_t)a[2];
    call->arguments[3] = a[2] >> 32;
    call->arguments[4] = (uint32_t)a[3];
    call->arguments[5] = a[3] >> 32;
#endif
    return file_of(a[0], &call->arguments[0]);
  default: return 0;
  }
}

/* The agent's command; 0 if there must be none. */
static int command_of(const struct kernel_agent_operation *operation, struct kernel_agent_slot *slot) {
  struct call call;
  switch (operation->kind) {
  case KERNEL_AGENT_READ:
  case KERNEL_AGENT_WRITE:
    if (operation->arguments[0] > UINTPTR_MAX) return 0;
    if (operation->arguments[1] > 1 << 20) return 0;
    if (!harmless(operation->arguments[0], operation->arguments[1] * KERNEL_AGENT_PAGE_BYTES)) return 0;
    slot->code = operation->kind == KERNEL_AGENT_READ ? AGENT_CODE_READ : AGENT_CODE_WRITE;
    slot->arguments[0] = operation->arguments[0];
    slot->arguments[1] = operation->arguments[1];
    return 1;
  case KERNEL_AGENT_FORK:
    slot->code = AGENT_CODE_FORK;
    slot->arguments[0] = KERNEL_AGENT_CONTROL + operation->arguments[0] * KERNEL_AGENT_SLOT_BYTES
                         + KERNEL_AGENT_SLOT_BYTES / 2 - 64;
    return 1;
  case KERNEL_AGENT_EXIT: slot->code = AGENT_CODE_EXIT; return 1;
  default:
    if (!call_of(operation, &call)) return 0;
    for (int i = 0; i < 6; i++)
      if (call.arguments[i] > UINTPTR_MAX && call.arguments[i] != ~0ULL) return 0;
    slot->code = AGENT_CODE_CALL;
    slot->arguments[0] = (uint64_t)call.number;
    memcpy(slot->arguments + 1, call.arguments, sizeof call.arguments);
    return 1;
  }
}

int kernel_agents_perform(struct kernel_agents *agents, const struct kernel_agent_operation *operation,
                          struct kernel_agent_outcome *outcome, struct kernel_agent_failure *failure) {
  memset(outcome, 0, sizeof *outcome);
  uint32_t number = operation->slot;
  if (!kernel_agents_pid(agents, number)) return agents_fail(failure, KERNEL_AGENT_STAGE_SLOT, 0, number);
  uint64_t child = operation->arguments[0];
  if (operation->kind == KERNEL_AGENT_FORK) {
    if (child >= KERNEL_AGENT_SLOTS || kernel_agents_pid(agents, (uint32_t)child))
      return agents_fail(failure, KERNEL_AGENT_STAGE_SLOT, 0, child);
    agents_prepare_slot(agents, (uint32_t)child);
  }
  struct kernel_agent_slot *slot = agents_slot(agents, number);
  if (!command_of(operation, slot)) return agents_fail(failure, KERNEL_AGENT_STAGE_RANGE, 0, 0);

  uint32_t request = slot->request + 1;
  __atomic_store_n(&slot->request, request, __ATOMIC_SEQ_CST);
  agents_wake(&slot->request);
  if (operation->kind == KERNEL_AGENT_EXIT)
    return agents_end(agents, number, 0) || agents_fail(failure, KERNEL_AGENT_STAGE_SILENT, 0, 0);
  if (!agents_await(agents, number, &slot->reply, request, KERNEL_AGENT_STAGE_SILENT, failure)) return 0;

  outcome->value = slot->value;
  outcome->signals = slot->signals;
  outcome->signal = slot->signal;
  outcome->signal_code = slot->signal_code;
  outcome->signal_address = slot->signal_address;
  outcome->minor_faults = slot->minor_faults;
  outcome->major_faults = slot->major_faults;
  outcome->faulted = (uint64_t)slot->faulted[1] << 32 | slot->faulted[0];
  if (operation->kind == KERNEL_AGENT_FORK && outcome->value > 0) {
    int pid = (int)outcome->value;
    outcome->value = 0; /* its number is nobody's business */
    return agents_adopt(agents, (uint32_t)child, pid, failure);
  }
  return 1;
}

int kernel_agent_pin(int cpu, uint8_t *saved, int *thread) {
  cpu_set_t set;
  *thread = (int)syscall(SYS_gettid);
  if (sched_getaffinity(*thread, sizeof set, &set) < 0) return errno;
  _Static_assert(sizeof set == 128, "the size that callers know");
  memcpy(saved, &set, sizeof set);
  if (cpu < 0) cpu = sched_getcpu();
  if (cpu < 0 || cpu >= CPU_SETSIZE) return EINVAL;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  return sched_setaffinity(*thread, sizeof set, &set) < 0 ? errno : 0;
}

void kernel_agent_unpin(const uint8_t *saved, int thread) {
  cpu_set_t set;
  memcpy(&set, saved, sizeof set);
  sched_setaffinity(thread, sizeof set, &set);
}

const char *kernel_agent_stage_text(uint32_t stage) {
  switch (stage) {
  case KERNEL_AGENT_STAGE_ARCHITECTURE: return "there is no agent for this processor";
  case KERNEL_AGENT_STAGE_PAGE_SIZE: return "the agent needs pages of 4096 bytes; this kernel's size";
  case KERNEL_AGENT_STAGE_TEXT_SIZE: return "the agent's code is longer than a page; its bytes";
  case KERNEL_AGENT_STAGE_MEMORY: return "no memory";
  case KERNEL_AGENT_STAGE_MEMFD: return "no file in memory can be made (memfd_create)";
  case KERNEL_AGENT_STAGE_FILE: return "the agent's executable cannot be written";
  case KERNEL_AGENT_STAGE_SPAWN: return "no process can be started";
  case KERNEL_AGENT_STAGE_EXEC: return "the agent cannot be executed from memory (see /proc/sys/vm/memfd_noexec)";
  case KERNEL_AGENT_STAGE_PIDFD: return "there is no descriptor for a process (pidfd_open, since Linux 5.3)";
  case KERNEL_AGENT_STAGE_START: return "the agent did not get ready in time";
  case KERNEL_AGENT_STAGE_SILENT: return "the agent did not answer in time";
  case KERNEL_AGENT_STAGE_DIED: return "the agent died; the signal";
  case KERNEL_AGENT_STAGE_SLOT: return "there is no such process, or the child's place is taken; the slot";
  case KERNEL_AGENT_STAGE_RANGE: return "it would change the agent itself, or is not of this machine";
  default: return "nothing failed";
  }
}
