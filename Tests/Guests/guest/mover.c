/* mover: programs for tests of a running system.
 *
 *   mover move PAGES MICROSECONDS   map PAGES pages, write their own addresses into them, pause, unmap; for ever.
 *                                   Prints "MOVER pid=DEC va=HEX pages=DEC" first; the address stays.
 *   mover keep PAGES                the same pages, mapped once; only a counter in each page's second word changes
 *   mover flip PAGES                the same pages; each is protected, given back, opened and written again, all the time:
 *                                   of one page no entry stays for long
 *   mover churn                     processes that fork, execute, exit, map and unmap, on all processors, until it is
 *                                   killed. Prints "MOVER pid=DEC va=0 pages=0" first
 *   mover once                      map, write, exit: what churn executes
 *   mover special                   pages with entries that are neither pages nor swap. Prints a line for each and stays:
 *                                   SPECIAL pid=DEC kind=NAME va=HEX errno=DEC pagemap=HEX
 *   mover as UID PROGRAM ARGS...    run a program as an ordinary user
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/userfaultfd.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef MADV_HWPOISON
#define MADV_HWPOISON 100
#endif
#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102 /* Linux 6.13 */
#endif

#define PG 4096UL

static char *map(void *at, size_t n)
{
	char *p = mmap(at, n * PG, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | (at ? MAP_FIXED : 0), -1, 0);
	if (p == MAP_FAILED) {
		perror("mmap");
		exit(1);
	}
	for (size_t i = 0; i < n; i++)
		*(volatile uint64_t *)(p + i * PG) = (uint64_t)(uintptr_t)(p + i * PG);
	return p;
}

static void churn_once(int kind, unsigned round)
{
	pid_t child;
	if (kind == 2) {
		/* tables come and go: pages 2 MiB apart */
		size_t len = (1 + round % 7) << 22;
		char *p = mmap(0, len, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		if (p == MAP_FAILED)
			return;
		for (size_t at = 0; at < len; at += 2UL << 20)
			*(volatile uint64_t *)(p + at) = round;
		munmap(p, len);
		return;
	}
	child = fork();
	if (!child) {
		if (kind == 0) {
			map(0, 64);
			_exit(0);
		}
		execl("/proc/self/exe", "mover", "once", (char *)0);
		_exit(1);
	}
	if (child > 0)
		waitpid(child, 0, 0);
}

static void churn(void)
{
	for (int kind = 0; kind < 3; kind++)
		if (!fork()) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			/* who reads shall get on, too */
			setpriority(PRIO_PROCESS, 0, 5);
			for (unsigned round = 0;; round++)
				churn_once(kind, round);
		}
}

static uint64_t pagemap(const void *p)
{
	uint64_t e = 0;
	int fd = open("/proc/self/pagemap", O_RDONLY);
	if (fd < 0 || pread(fd, &e, 8, (uintptr_t)p / PG * 8) != 8)
		e = 0;
	if (fd >= 0)
		close(fd);
	return e;
}

static void tell(const char *kind, const void *p, int error)
{
	printf("SPECIAL pid=%d kind=%s va=%lx errno=%d pagemap=%llx\n", getpid(), kind, (unsigned long)(uintptr_t)p, error,
	       (unsigned long long)pagemap(p));
	fflush(stdout);
}

/* a marker of write protection in a page of shared memory that is not there (Linux 5.19; x86 first) */
static void protected_marker(void)
{
	struct uffdio_api api = {.api = UFFD_API};
	struct uffdio_register area = {.mode = UFFDIO_REGISTER_MODE_WP};
	struct uffdio_writeprotect protect = {.mode = UFFDIO_WRITEPROTECT_MODE_WP};
	char *p = mmap(0, PG, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC);
	int error = 0;
	area.range.start = protect.range.start = (uintptr_t)p;
	area.range.len = protect.range.len = PG;
	if (fd < 0 || ioctl(fd, UFFDIO_API, &api) || ioctl(fd, UFFDIO_REGISTER, &area) ||
	    ioctl(fd, UFFDIO_WRITEPROTECT, &protect))
		error = errno;
	tell("marker", p, error);
}

/* newer kernels tell the process that its page is broken, which is known */
static void told(int signal)
{
	(void)signal;
}

static void special(void)
{
	char *p = map(0, 2);
	signal(SIGBUS, told);
	tell("poison", p, madvise(p, PG, MADV_HWPOISON) ? errno : 0);
	tell("guard", p + PG, madvise(p + PG, PG, MADV_GUARD_INSTALL) ? errno : 0);
	protected_marker();
	printf("SPECIAL end\n");
	fflush(stdout);
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "once")) {
		map(0, 16);
		return 0;
	}
	if (argc == 2 && !strcmp(argv[1], "special"))
		special();
	if (argc == 2 && !strcmp(argv[1], "churn")) {
		churn();
		printf("MOVER pid=%d va=0 pages=0\n", getpid());
		fflush(stdout);
		for (;;)
			pause();
	}
	if (argc >= 4 && !strcmp(argv[1], "as")) {
		int id = atoi(argv[2]);
		if (setgroups(0, 0) || setgid(id) || setuid(id)) {
			perror("setuid");
			return 1;
		}
		execvp(argv[3], argv + 3);
		perror(argv[3]);
		return 127;
	}
	if (argc < 3)
		return 2;
	size_t n = strtoul(argv[2], 0, 10);
	unsigned pause_us = argc > 3 ? atoi(argv[3]) : 0;
	char *p = map(0, n);
	printf("MOVER pid=%d va=%lx pages=%zu\n", getpid(), (unsigned long)p, n);
	fflush(stdout);
	if (!strcmp(argv[1], "keep"))
		for (uint64_t i = 0;; i++)
			for (size_t k = 0; k < n; k++)
				*(volatile uint64_t *)(p + k * PG + 8) = i;
	if (!strcmp(argv[1], "flip"))
		for (;;)
			for (size_t k = 0; k < n; k++) {
				char *at = p + k * PG;
				mprotect(at, PG, PROT_READ);
				madvise(at, PG, MADV_DONTNEED);
				mprotect(at, PG, PROT_READ | PROT_WRITE);
				*(volatile uint64_t *)at = (uint64_t)(uintptr_t)at;
			}
	for (;;) {
		if (pause_us)
			usleep(pause_us);
		munmap(p, n * PG);
		map(p, n);
	}
}
