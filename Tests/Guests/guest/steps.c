/* steps: a process that changes its memory, one step for each line on its standard input.
 *
 * Prints STEPS pid=DEC page=HEX huge=HEX size=HEX: itself, an area of four pages with a last-level table of their own,
 * and one that has room for one huge page (size, 0 if there are none).
 * After each step: STEP NAME errno=DEC.
 * A step changes one page's entry only, so that nobody sees half of it.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif
#define PG 4096UL
/* more than a last-level table spans, whatever the architecture */
#define APART (4UL << 20)

static volatile char *page, *huge;
static size_t huge_size;

static size_t number_in(const char *path)
{
	char b[32] = "";
	FILE *f = fopen(path, "r");
	size_t n = f && fgets(b, sizeof b, f) ? strtoul(b, 0, 0) : 0;
	if (f)
		fclose(f);
	return n;
}

/* memory that is aligned to APART, with as much room around it that nothing else uses its tables */
static volatile char *apart(size_t len, int prot)
{
	char *p = mmap(0, 4 * APART, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED)
		exit(1);
	p = (char *)(((unsigned long)p + 2 * APART - 1) & ~(APART - 1));
	if (mprotect(p, len, prot))
		exit(1);
	return p;
}

static int is_swapped(const volatile void *p)
{
	uint64_t entry = 0;
	int fd = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	if (fd >= 0 && pread(fd, &entry, sizeof entry, (off_t)((uintptr_t)p / PG * sizeof entry)) != sizeof entry)
		entry = 0;
	if (fd >= 0)
		close(fd);
	return entry >> 62 & 1;
}

/* The advice is not followed while somebody else holds the page: who watches, or a processor's list of new pages. */
static void page_out(volatile char *p)
{
	for (int i = 0; i < 500 && !is_swapped(p); i++) {
		madvise((void *)p, PG, MADV_PAGEOUT);
		usleep(20000);
	}
	errno = is_swapped(p) ? 0 : EBUSY;
}

/* New pages wait in a list of the processor that they were taken on; only our own one's is emptied on the advice. */
static void stay_here(void)
{
	cpu_set_t here;
	CPU_ZERO(&here);
	CPU_SET(sched_getcpu() < 0 ? 0 : sched_getcpu(), &here);
	sched_setaffinity(0, sizeof here, &here);
}

static int step(const char *name)
{
	static pid_t child;
	errno = 0;
	if (!strcmp(name, "read")) {
		(void)page[0];
	} else if (!strcmp(name, "write")) {
		page[0] = 1;
	} else if (!strcmp(name, "second")) {
		page[PG] = 2;
	} else if (!strcmp(name, "protect")) {
		mprotect((void *)(page + PG), PG, PROT_READ);
	} else if (!strcmp(name, "release")) {
		madvise((void *)(page + PG), PG, MADV_DONTNEED);
	} else if (!strcmp(name, "fork")) {
		child = fork();
		if (!child)
			for (;;)
				pause();
	} else if (!strcmp(name, "copy")) {
		page[0] = 3;
	} else if (!strcmp(name, "reap")) {
		kill(child, SIGKILL);
		waitpid(child, 0, 0);
		errno = 0;
	} else if (!strcmp(name, "pageout")) {
		page_out(page);
	} else if (!strcmp(name, "pagein")) {
		(void)page[0];
	} else if (!strcmp(name, "unmap")) {
		munmap((void *)page, APART);
	} else if (!strcmp(name, "huge")) {
		if (huge_size)
			huge[0] = 4;
	} else if (!strcmp(name, "split")) {
		if (huge_size)
			mprotect((void *)(huge + PG), PG, PROT_READ);
	} else if (!strcmp(name, "exit")) {
		printf("STEP exit errno=0\n");
		fflush(stdout);
		exit(0);
	} else {
		errno = EINVAL;
	}
	return errno;
}

int main(void)
{
	char line[64];
	stay_here();
	page = apart(4 * PG, PROT_READ | PROT_WRITE);
	huge_size = number_in("/sys/kernel/mm/transparent_hugepage/hpage_pmd_size");
	huge = apart(APART, PROT_READ | PROT_WRITE);
	if (huge_size && madvise((void *)huge, huge_size, MADV_HUGEPAGE))
		huge_size = 0;
	printf("STEPS pid=%d page=%lx huge=%lx size=%lx\n", getpid(), (unsigned long)page, (unsigned long)huge,
	       (unsigned long)huge_size);
	fflush(stdout);
	while (fgets(line, sizeof line, stdin)) {
		line[strcspn(line, "\r\n")] = 0;
		int e = step(line);
		printf("STEP %s errno=%d\n", line, e);
		fflush(stdout);
	}
	return 0;
}
