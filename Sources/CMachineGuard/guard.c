#define _GNU_SOURCE
#include "CMachineGuard.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { OWNER, CONVERSATION, PATIENCE_SECONDS = 10 };

// Waits until the conversation can be read or written; whether it can.
static int wait_for(short events, time_t end) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  struct pollfd poller = {.fd = CONVERSATION, .events = events};
  return now.tv_sec < end && poll(&poller, 1, (int)(end - now.tv_sec) * 1000) > 0;
}

static void send_words(const char *words, time_t end) {
  size_t left = strlen(words);
  while (left && wait_for(POLLOUT, end)) {
    ssize_t sent = send(CONVERSATION, words, left, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0 && errno != EAGAIN) return;
    if (sent > 0) words += sent, left -= (size_t)sent;
  }
}

// QEMU forgets commands of who has hung up: the answer has to be awaited, behind those that its owner did not take.
static void await_mark(const char *mark, time_t end) {
  char window[4096];
  size_t kept = 0;
  while (wait_for(POLLIN, end)) {
    ssize_t got = recv(CONVERSATION, window + kept, sizeof window - kept, MSG_DONTWAIT);
    if (got == 0 || (got < 0 && errno != EAGAIN)) return;
    if (got < 0) continue;
    kept += (size_t)got;
    if (memmem(window, kept, mark, strlen(mark))) return;
    // The beginning of the mark may have come.
    size_t rest = kept < strlen(mark) ? kept : strlen(mark);
    memmove(window, window + kept - rest, rest);
    kept = rest;
  }
}

static void stand(int owner, int conversation, const char *words, const char *mark) {
  struct timespec now;
  char nothing;
  setsid();
  prctl(PR_SET_NAME, "pagewalk-guard");
  // Away from where they are put first: one may be in the other's place.
  int apart = fcntl(conversation, F_DUPFD, 2);
  if (apart < 0 || dup2(owner, OWNER) < 0 || dup2(apart, CONVERSATION) < 0) _exit(1);
  if (syscall(SYS_close_range, 2U, ~0U, 0U))
    for (int other = 2; other < 65536; other++) close(other);
  (void)!chdir("/");
  while (read(OWNER, &nothing, 1) < 0 && errno == EINTR) {}
  clock_gettime(CLOCK_MONOTONIC, &now);
  send_words(words, now.tv_sec + PATIENCE_SECONDS);
  await_mark(mark, now.tv_sec + PATIENCE_SECONDS);
  _exit(0);
}

int pagewalk_guard_start(int conversation, const char *words, const char *mark, struct pagewalk_guard *guard) {
  int ends[2];
  if (strlen(mark) >= 256) return errno = EINVAL, -1;
  if (pipe2(ends, O_CLOEXEC)) return -1;
  // The guard keeps all signals blocked: their handlers are its owner's.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pid_t process = fork();
  if (process == 0) stand(ends[0], conversation, words, mark);
  int error = errno;
  pthread_sigmask(SIG_SETMASK, &before, NULL);
  close(ends[0]);
  if (process < 0) {
    close(ends[1]);
    errno = error;
    return -1;
  }
  guard->process = process;
  guard->owner = ends[1];
  return 0;
}

void pagewalk_guard_dismiss(struct pagewalk_guard guard) {
  // Before the pipe is closed. The number is the guard's until it is waited for.
  kill(guard.process, SIGKILL);
  while (waitpid(guard.process, NULL, 0) < 0 && errno == EINTR) {}
  close(guard.owner);
}
