#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "check.h"

size_t page_size;
static int failed;

void check(bool holds, const char *name, const char *format, ...)
{
	va_list arguments;

	printf("%s %s", holds ? "ok" : "not ok", name);
	if (!holds) {
		failed++;
		printf(": ");
		va_start(arguments, format);
		vprintf(format, arguments);
		va_end(arguments);
	}
	printf("\n");
	wait_for_output();
}

void wait_for_output(void)
{
	fflush(stdout);
	tcdrain(STDOUT_FILENO);
}

int failures(void)
{
	return failed;
}

void give_up(const char *what)
{
	printf("not ok %s: %s\n", what, strerror(errno));
	printf("@@READY\n");
	fflush(stdout);
	for (;;)
		pause();
}

int open_device(void)
{
	int device = open(DEVICE, O_RDWR | O_CLOEXEC);

	if (device < 0)
		give_up(DEVICE);
	return device;
}

int walk(int device, pid_t pid, uint64_t address, struct pagewalk_walk *walk)
{
	memset(walk, 0, sizeof(*walk));
	walk->size = sizeof(*walk);
	walk->version = PAGEWALK_VERSION;
	walk->pid = pid;
	walk->address = address;
	return ioctl(device, PAGEWALK_WALK, walk) ? errno : 0;
}

int request(int device, const char *text)
{
	return write(device, text, strlen(text)) < 0 ? errno : 0;
}

uint64_t pagemap(pid_t pid, uint64_t address)
{
	static int file = -1;
	static pid_t opened;
	uint64_t entry = 0;
	char path[64];

	if (opened != pid) {
		close(file);
		snprintf(path, sizeof(path), "/proc/%d/pagemap", pid);
		file = open(path, O_RDONLY | O_CLOEXEC);
		opened = pid;
	}
	if (pread(file, &entry, sizeof(entry), address / page_size * sizeof(entry)) != sizeof(entry))
		return 0;
	return entry;
}

pid_t start_waiting(void)
{
	pid_t pid = fork();

	if (pid < 0)
		give_up("fork");
	if (pid)
		return pid;
	for (;;)
		pause();
}

void stop_waiting(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}
