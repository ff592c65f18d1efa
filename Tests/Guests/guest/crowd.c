/* crowd: the first process of a guest with many processes, of all kinds; then the guest's own init goes on in it.
 *
 * What is unusual here is usual elsewhere: hundreds of processes, process numbers that have begun anew, threads by
 * the dozen, thousands of areas in one process, names of any bytes, containers, a debugger with its prey.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHILDREN = 250, THREADS = 64, AREAS = 3000, TOUCHED = 40 };

/* No control character but these: the guest's log is lines. */
static const char *const names[] = {
	"", " ", "a b", "[kthreadd]", "(x) y) S 1", "tab\there", "\033[31mred\001", "日本語の名",
	"ääääääää" /* cut within its last letter */, "swapper/0", "kthreadd", "fifteen-letters",
};

static void rest(void)
{
	for (;;)
		pause();
}

static void write_to(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT, 0644);
	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		printf("crowd: %s not written\n", path);
	close(fd);
}

/* Starts a process that does something and then waits; returns its number. */
static int start(void (*work)(int), int number)
{
	int pid = fork();
	if (pid == 0) {
		work(number);
		rest();
	}
	return pid;
}

static void *thread(void *unused)
{
	rest();
	return unused;
}

static void plain(int number)
{
	char name[16], *memory = mmap(0, 64 << 12, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	snprintf(name, sizeof name, "crowd-%d", number);
	prctl(PR_SET_NAME, name);
	for (int i = 0; i < number % 8; i++)
		memory[i << 13] = 1;
}

static void named(int number) { prctl(PR_SET_NAME, names[number]); }

static void threaded(int number)
{
	pthread_t t;
	pthread_attr_t small;
	prctl(PR_SET_NAME, "crowd-threads");
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 1 << 17);
	for (int i = 1; i < number; i++)
		pthread_create(&t, &small, thread, 0);
}

/* Neighbours differ in their rights, so that none become one area. */
static void divided(int number)
{
	long page = sysconf(_SC_PAGESIZE);
	char *memory = mmap(0, number * page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	prctl(PR_SET_NAME, "crowd-areas");
	for (int i = 0; i < number; i += 2) {
		mprotect(memory + i * page, page, PROT_READ | PROT_WRITE);
		if (i < 2 * TOUCHED)
			memory[i * page] = 1;
	}
}

/* Another thread than the first one begins a program, and has the first one's number from then on. */
static void *begin(void *unused)
{
	execl("/bin/busybox", "sleep", "200000", (char *)0);
	return unused;
}

static void replaced(int number)
{
	pthread_t t;
	(void)number;
	pthread_create(&t, 0, begin, 0);
}

static int contained(void *unused)
{
	prctl(PR_SET_NAME, "crowd-first");
	mkdir("/inside", 0755);
	mount(0, "/", 0, MS_REC | MS_PRIVATE, 0);
	mount("inside", "/inside", "tmpfs", 0, 0);
	mkdir("/inside/deep", 0755);
	write_to("/inside/deep/file", "inside\n");
	mkdir("/inside/bound", 0755);
	mount("/inside/deep", "/inside/bound", 0, MS_BIND, 0);
	int fd = open("/inside/bound/file", O_RDONLY);
	volatile char *file = mmap(0, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
	if (file != MAP_FAILED)
		(void)*file;
	start(plain, 9001);
	start(plain, 9002);
	rest();
	return unused != 0;
}

static void debugged(int number)
{
	prctl(PR_SET_NAME, "crowd-debugger");
	ptrace(PTRACE_SEIZE, number, 0, 0);
}

int main(int argc, char **argv)
{
	static char stack[65536] __attribute__((aligned(64)));
	(void)argc;
	mkdir("/proc", 0755);
	mount("proc", "/proc", "proc", 0, 0);
	/* Numbers as high as they get, and beginning anew among these processes. */
	if (sizeof(long) == 8)
		write_to("/proc/sys/kernel/pid_max", "4194304");
	write_to("/proc/sys/kernel/ns_last_pid", sizeof(long) == 8 ? "4194200" : "32700");
	for (int i = 0; i < CHILDREN; i++)
		start(plain, i);
	for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++)
		start(named, i);
	start(threaded, THREADS);
	start(divided, AREAS);
	start(replaced, 0);
	if (clone(contained, stack + sizeof stack, CLONE_NEWPID | CLONE_NEWNS | CLONE_NEWUTS | SIGCHLD, 0) < 0)
		printf("crowd: no container\n");
	start(debugged, start(plain, 9000));
	sleep(2);
	umount("/proc");
	execv("/init", argv);
	return 1;
}
