/* Who may open the device, whose processes he names, and what the log tells. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/klog.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static unsigned long known = 0x8055;

/* What opening the device gives to a user who is not root: 0 or errno. */
static int open_as_nobody(void)
{
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		if (setgid(65534) || setuid(65534))
			_exit(255);
		_exit(open(DEVICE, O_RDWR) < 0 ? errno : 0);
	}
	waitpid(pid, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

/* Walks itself from within a PID namespace, where it is number 1: 0 if that is so. */
static int walk_in_namespace(void)
{
	struct pagewalk_walk result;
	int status = 0;
	pid_t pid;

	pid = fork();
	if (pid == 0) {
		if (unshare(CLONE_NEWPID))
			_exit(2);
		pid = fork();
		if (pid == 0) {
			known = 0x1234;
			_exit(getpid() != 1 || walk(open_device(), 1, (uintptr_t)&known, &result) ||
			      result.value != 0x1234);
		}
		waitpid(pid, &status, 0);
		_exit(WEXITSTATUS(status));
	}
	waitpid(pid, &status, 0);
	return WEXITSTATUS(status);
}

void test_access(void)
{
	struct pagewalk_walk result;
	int error = open_as_nobody(), device;
	pid_t child;

	check(error == EACCES, "an ordinary user is refused by the device's mode", "%s", strerror(error));
	chmod(DEVICE, 0666);
	error = open_as_nobody();
	check(error == EPERM, "and by the driver if the mode lets him in", "%s", strerror(error));
	chmod(DEVICE, 0600);
	error = walk_in_namespace();
	check(!error, "processes are named as the opener sees them", "%d", error);

	device = open_device();
	child = start_waiting();
	known = 0x4321;
	error = walk(device, child, (uintptr_t)&known, &result);
	check(!error && result.value == 0x8055, "another process is walked, not the caller", "%s, value %llx",
	      strerror(error), (unsigned long long)result.value);
	known = 0x8055;
	stop_waiting(child);
	error = walk(device, child, (uintptr_t)&known, &result);
	check(error == ESRCH, "one that is gone is gone", "%s", strerror(error));
	child = fork();
	if (child == 0)
		_exit(0);
	usleep(200000);
	error = walk(device, child, (uintptr_t)&known, &result);
	check(error == ESRCH, "a zombie has no memory", "%s", strerror(error));
	waitpid(child, NULL, 0);
	close(device);
}

static char *log_since(const char *mark)
{
	static char text[1 << 18];
	int length = klogctl(3 /* SYSLOG_ACTION_READ_ALL */, text, sizeof(text) - 1);
	char *at;

	text[length > 0 ? length : 0] = 0;
	at = strstr(text, mark);
	return at ? at : text;
}

static void set_log(const char *level)
{
	int file = open("/sys/module/pagewalk/parameters/log", O_WRONLY);

	if (write(file, level, 1) != 1)
		give_up("parameters/log");
	close(file);
}

static void log_mark(const char *mark)
{
	int file = open("/dev/kmsg", O_WRONLY);

	if (write(file, mark, strlen(mark)) < 0)
		give_up("/dev/kmsg");
	close(file);
}

/* One walk of a known word, by text, with the log's level. */
static char *logged(const char *level, const char *mark)
{
	char text[64];
	int device;

	set_log(level);
	log_mark(mark);
	device = open_device();
	snprintf(text, sizeof(text), "%d %lx", getpid(), (unsigned long)&known);
	request(device, text);
	close(device);
	return log_since(mark);
}

void test_log(void)
{
	char *text;

	/* As in README.md, which shows this log. */
	prctl(PR_SET_NAME, "experiment");
	text = logged("2", "mark: everything\n");

	check(strstr(text, "pagewalk: device opened") && strstr(text, "pagewalk: value 8055 (bytes 55 80 00 00") &&
		      strstr(text, "pagewalk: device closed"),
	      "the log has the walk from opening to closing", "%s", text);
	printf("@@TRANSCRIPT\n%s@@END\n", text[0] ? strchr(text, 0x0a) + 1 : "");
	wait_for_output();
	text = logged("1", "mark: without\n");
	check(strstr(text, "pagewalk: virtual address") && strstr(text, "pagewalk: value (hidden)") &&
		      !strstr(text, "8055") && !strstr(text, " = 0") && strstr(text, "root (hidden)"),
	      "it can be told without addresses", "%s", text);
	text = logged("0", "mark: nothing\n");
	check(!strstr(text, "pagewalk: "), "or nothing", "%s", text);
	set_log("2");
}
