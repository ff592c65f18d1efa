/* The tests of /dev/pagewalk, as they run in a guest: what they share. */
#ifndef CHECK_H
#define CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "pagewalk.h"

#define DEVICE "/dev/pagewalk"

/* Prints "ok NAME" or "not ok NAME: ..."; what happened is said in printf's way, after the name. */
void check(bool holds, const char *name, const char *format, ...) __attribute__((format(printf, 3, 4)));
/*
 * Waits until what was printed has left the machine. The kernel's own messages take another way to the same line, and
 * would otherwise stand in the middle of ours.
 */
void wait_for_output(void);
/* How many checks failed. */
int failures(void);
/* Ends the tests: something that they rest on is not there. */
void give_up(const char *what) __attribute__((noreturn));

/* Opens the device. */
int open_device(void);
/* One walk by ioctl: 0 or errno. */
int walk(int device, pid_t pid, uint64_t address, struct pagewalk_walk *walk);
/* Writes text to the device: 0 or errno. */
int request(int device, const char *text);
/* One entry of a process's pagemap, or 0. */
uint64_t pagemap(pid_t pid, uint64_t address);
/* A process that has this one's memory as it is now, and waits; and its end. */
pid_t start_waiting(void);
void stop_waiting(pid_t pid);
extern size_t page_size;

/* The groups of tests, in the order in which they run. */
void test_module(const char *path);
void test_pages(void);
void test_requests(void);
void test_abi(void);
void test_memory(void);
void test_access(void);
void test_log(void);
void test_stress(void);
void measure(void);
void test_unloading(const char *path);

#endif
