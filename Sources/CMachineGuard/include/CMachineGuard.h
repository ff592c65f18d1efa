// A process that lets a virtual machine go on if the one that stopped it is killed.
//
// C, because it is a fork without exec, after which only async-signal-safe functions may be called (signal-safety(7)):
// Swift's runtime is none of them.
#ifndef PAGEWALK_CMACHINEGUARD_H
#define PAGEWALK_CMACHINEGUARD_H

#include <stddef.h>

/// A guard that stands.
struct pagewalk_guard {
  /// Its process.
  int process;
  /// The end of a pipe that nobody else has: when it is closed, its owner is no more.
  int owner;
};

/// Starts a guard. When this process ends, however it ends, the guard sends `words` over `conversation`, waits until what
/// comes back holds `mark` (at most ten seconds), and ends.
///
/// It has the connection, the pipe and nothing else of this process: a reader of our output does not wait for it. It is
/// in a session of its own, and no signal but SIGKILL reaches it.
///
/// Returns 0, or -1 with `errno`.
int pagewalk_guard_start(int conversation, const char *words, const char *mark, struct pagewalk_guard *guard);

/// Ends a guard that is needed no more.
void pagewalk_guard_dismiss(struct pagewalk_guard guard);

#endif
