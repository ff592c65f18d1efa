/* The set of agents: starting, ending, waiting. */
#define _GNU_SOURCE
#include "agents.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifndef SYS_pidfd_open
#define SYS_pidfd_open 434
#endif
#ifndef SYS_pidfd_send_signal
#define SYS_pidfd_send_signal 424
#endif
#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#ifndef P_PIDFD
#define P_PIDFD 3
#endif

#if defined __x86_64__
#define USER_END 0x7ffffffff000ULL
#elif defined __i386__
#define USER_END 0xc0000000ULL
#elif defined __arm__
#define USER_END 0xbf000000ULL
#else
#define USER_END 0x1000000000000ULL
#endif
#define STACK_LIMIT (8ULL << 20)

struct kernel_agent_slot *agents_slot(const struct kernel_agents *agents, uint32_t slot) {
  return (struct kernel_agent_slot *)(agents->control + slot * KERNEL_AGENT_SLOT_BYTES);
}

int agents_fail(struct kernel_agent_failure *failure, uint32_t stage, int error, uint64_t number) {
  failure->stage = stage;
  failure->error = error;
  failure->number = number;
  return 0;
}

/* Above every number that an agent's own descriptors have, so that none is overwritten on the way. */
static int high(int fd) {
  if (fd < 0) return fd;
  int moved = fcntl(fd, F_DUPFD_CLOEXEC, 128);
  int error = errno;
  close(fd);
  errno = error;
  return moved;
}

/* Whether an agent has ended, and by which signal. */
static int ended(int pidfd, uint64_t *signal) {
  siginfo_t information;
  memset(&information, 0, sizeof information);
  *signal = 0;
  if (waitid((idtype_t)P_PIDFD, (id_t)pidfd, &information, WEXITED | WNOHANG | WNOWAIT) < 0) return errno != EINTR;
  if (information.si_pid == 0) return 0;
  if (information.si_code != CLD_EXITED) *signal = (uint64_t)information.si_status;
  return 1;
}

static uint64_t now_milliseconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (uint64_t)time.tv_sec * 1000 + (uint64_t)time.tv_nsec / 1000000;
}

int agents_await(struct kernel_agents *agents, uint32_t slot, volatile uint32_t *word, uint32_t wanted,
                 uint32_t late, struct kernel_agent_failure *failure) {
  uint64_t start = now_milliseconds();
  uint32_t seen;
  while ((seen = __atomic_load_n(word, __ATOMIC_ACQUIRE)) != wanted) {
    struct timespec limit = {0, 200000000};
    if (syscall(SYS_futex, word, FUTEX_WAIT, seen, &limit, 0, 0) == 0 || errno != ETIMEDOUT) continue;
    uint64_t signal;
    if (__atomic_load_n(word, __ATOMIC_ACQUIRE) == wanted) break;
    if (ended(agents->processes[slot].pidfd, &signal))
      return agents_fail(failure, KERNEL_AGENT_STAGE_DIED, 0, signal);
    if (now_milliseconds() - start >= agents->wait_milliseconds) return agents_fail(failure, late, 0, 0);
  }
  return 1;
}

void agents_wake(volatile uint32_t *word) { syscall(SYS_futex, word, FUTEX_WAKE, 1, 0, 0, 0); }

int agents_adopt(struct kernel_agents *agents, uint32_t slot, int pid, struct kernel_agent_failure *failure) {
  struct agent_process *process = &agents->processes[slot];
  process->pid = pid;
  /* our child and not waited for: its number cannot be another's */
  process->pidfd = high((int)syscall(SYS_pidfd_open, pid, 0));
  if (process->pidfd < 0) {
    int error = errno;
    kill(pid, SIGKILL);
    waitpid(pid, 0, 0);
    process->pid = 0;
    return agents_fail(failure, KERNEL_AGENT_STAGE_PIDFD, error, 0);
  }
  if (agents_await(agents, slot, &agents_slot(agents, slot)->ready, 1, KERNEL_AGENT_STAGE_START, failure)) return 1;
  agents_end(agents, slot, 1);
  return 0;
}

int agents_end(struct kernel_agents *agents, uint32_t slot, int kill_it) {
  struct agent_process *process = &agents->processes[slot];
  if (process->pid == 0) return 1;
  if (kill_it) syscall(SYS_pidfd_send_signal, process->pidfd, SIGKILL, 0, 0);
  /* it becomes readable when the memory is gone */
  struct pollfd poller = {process->pidfd, POLLIN, 0};
  uint64_t start = now_milliseconds(), spent = 0;
  int ready;
  do {
    ready = poll(&poller, 1, (int)(agents->wait_milliseconds - spent));
    spent = now_milliseconds() - start;
  } while (ready < 0 && errno == EINTR && spent < agents->wait_milliseconds);
  if (ready <= 0 && !kill_it) return 0;
  siginfo_t information;
  while (waitid((idtype_t)P_PIDFD, (id_t)process->pidfd, &information, WEXITED | (ready > 0 ? 0 : WNOHANG)) < 0
         && errno == EINTR) {}
  close(process->pidfd);
  process->pid = 0;
  process->pidfd = -1;
  return 1;
}

/* An empty slot, with what its agent must know. */
void agents_prepare_slot(struct kernel_agents *agents, uint32_t number) {
  struct kernel_agent_slot *slot = agents_slot(agents, number);
  memset(slot, 0, sizeof *slot);
#if KERNEL_AGENT_SUPPORTED
  uintptr_t text = (uintptr_t)__start_agent_text;
  slot->handler = KERNEL_AGENT_TEXT + ((uintptr_t)kernel_agent_handler - text);
  slot->restorer = KERNEL_AGENT_TEXT + ((uintptr_t)kernel_agent_restorer - text);
  slot->resume = KERNEL_AGENT_TEXT + ((uintptr_t)kernel_agent_resume - text);
#endif
  slot->parent = (uint32_t)getpid();
  slot->user_end = USER_END;
}

struct kernel_agents *kernel_agents_open(uint32_t wait_milliseconds, struct kernel_agent_failure *failure) {
  struct kernel_agents *agents = calloc(1, sizeof *agents);
  if (!agents) {
    agents_fail(failure, KERNEL_AGENT_STAGE_MEMORY, errno, 0);
    return 0;
  }
  agents->wait_milliseconds = wait_milliseconds;
  agents->control = MAP_FAILED;
  agents->executable = agents->control_fd = -1;
  for (int i = 0; i < KERNEL_AGENT_FILES; i++) agents->files[i] = -1;
  for (int i = 0; i < KERNEL_AGENT_SLOTS; i++) agents->processes[i].pidfd = -1;
  agents->executable = kernel_agent_executable(failure);
  if (agents->executable < 0) goto failed;
  if ((agents->executable = high(agents->executable)) < 0) goto no_memory_file;
  if ((agents->control_fd = high(memfd_create("control", MFD_CLOEXEC))) < 0) goto no_memory_file;
  if (ftruncate(agents->control_fd, KERNEL_AGENT_CONTROL_BYTES) < 0) goto no_memory_file;
  agents->control =
    mmap(0, KERNEL_AGENT_CONTROL_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, agents->control_fd, 0);
  if (agents->control != MAP_FAILED) return agents;
no_memory_file:
  agents_fail(failure, KERNEL_AGENT_STAGE_MEMFD, errno, 0);
failed:;
  struct kernel_agent_failure first = *failure;
  kernel_agents_close(agents);
  *failure = first;
  return 0;
}

/* In the child of vfork: the parent waits, and its memory is ours, so only system calls. */
static void become_agent(struct kernel_agents *agents, volatile int *error) {
  struct rlimit none = {0, 0}, stack;
  char *arguments[] = {(char *)"agent", 0}, *environment[] = {0};
  personality(ADDR_NO_RANDOMIZE);
  setrlimit(RLIMIT_CORE, &none);
  if (getrlimit(RLIMIT_STACK, &stack) == 0) {
    stack.rlim_cur = agents->stack_limit;
    setrlimit(RLIMIT_STACK, &stack);
  }
  /* nothing of the driver's stays open; where the kernel lacks the call, it does */
  syscall(SYS_close_range, 0, 127, 0);
  if (dup2(agents->control_fd, KERNEL_AGENT_CONTROL_FD) >= 0) {
    int i = 0;
    while (i < KERNEL_AGENT_FILES && dup2(agents->files[i], KERNEL_AGENT_FILE_FD + i) >= 0) i++;
    if (i == KERNEL_AGENT_FILES) {
      syscall(SYS_close_range, 128, ~0U, 4 /* CLOSE_RANGE_CLOEXEC */);
      syscall(SYS_execveat, agents->executable, "", arguments, environment, 0x1000 /* AT_EMPTY_PATH */);
    }
  }
  *error = errno;
  _exit(127);
}

int kernel_agents_start(struct kernel_agents *agents, struct kernel_agent_failure *failure) {
  for (uint32_t i = 0; i < KERNEL_AGENT_SLOTS; i++) agents_end(agents, i, 1);
  for (int i = 0; i < KERNEL_AGENT_FILES; i++) {
    char name[] = "file0";
    name[4] = (char)('0' + i);
    if (agents->files[i] >= 0) close(agents->files[i]);
    agents->files[i] = high(memfd_create(name, MFD_CLOEXEC));
    if (agents->files[i] < 0) return agents_fail(failure, KERNEL_AGENT_STAGE_MEMFD, errno, 0);
  }
  struct rlimit stack;
  agents->stack_limit = STACK_LIMIT;
  if (getrlimit(RLIMIT_STACK, &stack) == 0 && stack.rlim_max < STACK_LIMIT) agents->stack_limit = stack.rlim_max;
  memset(agents->control, 0, KERNEL_AGENT_CONTROL_BYTES);
  agents_prepare_slot(agents, 0);

  /* No handler of the driver's may run in the child while it borrows the driver's memory. */
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  volatile int error = 0;
  int pid = vfork();
  if (pid == 0) become_agent(agents, &error);
  int spawn_error = errno;
  pthread_sigmask(SIG_SETMASK, &before, 0);
  if (pid < 0) return agents_fail(failure, KERNEL_AGENT_STAGE_SPAWN, spawn_error, 0);
  if (error) {
    waitpid(pid, 0, 0);
    return agents_fail(failure, KERNEL_AGENT_STAGE_EXEC, error, 0);
  }
  if (!agents_adopt(agents, 0, pid, failure)) return 0;
  agents->user_end = agents_slot(agents, 0)->user_end;
  return 1;
}

int kernel_agents_pid(const struct kernel_agents *agents, uint32_t slot) {
  return slot < KERNEL_AGENT_SLOTS ? agents->processes[slot].pid : 0;
}

uint64_t kernel_agents_user_end(const struct kernel_agents *agents) { return agents->user_end; }

int kernel_agents_file(const struct kernel_agents *agents, uint32_t file) {
  return file < KERNEL_AGENT_FILES ? agents->files[file] : -1;
}

uint64_t kernel_agents_stack_limit(const struct kernel_agents *agents) { return agents->stack_limit; }

void kernel_agents_close(struct kernel_agents *agents) {
  for (uint32_t i = 0; i < KERNEL_AGENT_SLOTS; i++) agents_end(agents, i, 1);
  for (int i = 0; i < KERNEL_AGENT_FILES; i++)
    if (agents->files[i] >= 0) close(agents->files[i]);
  if (agents->control != MAP_FAILED) munmap(agents->control, KERNEL_AGENT_CONTROL_BYTES);
  if (agents->control_fd >= 0) close(agents->control_fd);
  if (agents->executable >= 0) close(agents->executable);
  free(agents);
}
