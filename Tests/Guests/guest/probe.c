/* probe: a process with known memory, for ground truth about page tables.
 *
 *   probe run [DEVFILE]   make the regions, fork, print what each process has,
 *                         then: the parent pauses, the child spins (so that its
 *                         page table is the loaded one when the VM is stopped)
 *   probe pm PID          print every non-empty /proc/PID/pagemap entry as runs
 *   probe threads         start two more threads, probe-thread1 and 2; all pause
 *   probe zombie          start probe-gone, which exits and is never waited for; pause
 *   probe shared          start probe-shares and probe-vfork, processes that use this one's memory;
 *                         the second one holds this process as vfork() does
 *   probe leaderless      start the thread probe-left and exit the first thread: a zombie leads the process
 *
 * Lines (all numbers hex unless said):
 *   PROBE role=parent|child pid=DEC
 *   VAR role= name= va= value=
 *   REGION role= name= va= len=
 *   PAGE role= region= n=DEC va= pagemap= [w0= w1=]   w0,w1: the page's first two 64-bit words
 *   PM pid=DEC va= n=DEC pagemap=      n pages from va; the PFN (bits 0-54) counts up if present
 * A touched page holds w[0]=its own address in the process, w[1..]=tag, where
 * tag = 0x5057414c4b000000 | region<<16 | page<<8 | writer (0 before fork, 1 parent, 2 child).
 */
#define _GNU_SOURCE
#define _FILE_OFFSET_BITS 64
#include <stdio.h>
#include <stdlib.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>
#include <fcntl.h>
#include <errno.h>
#include <signal.h>
#include <pthread.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT 21
#endif
static unsigned long PG; /* the size of a page */
#define MAXR 24
static struct region { const char *name; char *va; size_t len; int readable; int show; } R[MAXR];
static int nr;
static int pm_fd = -1;
uint64_t g_data = 0x5057414c4b0a0a0aULL;   /* .data, never written: file page */
uint64_t g_cow  = 0x5057414c4b0b0b0bULL;   /* .data, written by the child */

static uint64_t pm_at(uintptr_t va)
{
	uint64_t e = 0;
	if (pread(pm_fd, &e, 8, (off_t)(va / PG) * 8) != 8)
		return ~0ULL;
	return e;
}

/* the same for reading upwards: many entries with one call; 0 if the kernel has none to tell */
static uint64_t pm_ahead(unsigned long long va, unsigned long long end)
{
	static uint64_t b[512];
	static unsigned long long from = 1, to;
	if (va < from || va >= to) {
		size_t n = (end - va) / PG < 512 ? (end - va) / PG : 512;
		ssize_t got = pread(pm_fd, b, n * 8, (off_t)(va / PG) * 8);
		from = va;
		to = va + PG * (got > 0 ? got / 8 : 0);
		if (va >= to)
			return 0;
	}
	return b[(va - from) / PG];
}

static void fill(int r, int page, int writer)
{
	uint64_t *w = (uint64_t *)(R[r].va + page * PG);
	uint64_t tag = 0x5057414c4b000000ULL | (uint64_t)r << 16 | (uint64_t)(page & 0xff) << 8 | writer;
	w[0] = (uintptr_t)w;
	for (size_t i = 1; i < PG / 8; i++)
		w[i] = tag;
}

static int add(const char *name, void *va, size_t len, int readable, int show)
{
	if (va == MAP_FAILED) {
		printf("NOREGION name=%s errno=%d\n", name, errno);
		return -1;
	}
	R[nr] = (struct region){ name, va, len, readable, show };
	return nr++;
}

static void *anon(void *hint, size_t len, int prot, int flags)
{
	return mmap(hint, len, prot, flags | MAP_ANONYMOUS, -1, 0);
}

static void show(const char *role, volatile int *a)
{
	char path[64];
	snprintf(path, sizeof path, "/proc/%d/pagemap", getpid());
	if (pm_fd >= 0)
		close(pm_fd);
	pm_fd = open(path, O_RDONLY);
	printf("PROBE role=%s pid=%d\n", role, getpid());
	printf("VAR role=%s name=a va=%#lx value=%#x pagemap=%#llx\n", role, (unsigned long)a, *a,
	       (unsigned long long)pm_at((uintptr_t)a));
	printf("VAR role=%s name=g_data va=%#lx value=%#llx pagemap=%#llx\n", role, (unsigned long)&g_data,
	       (unsigned long long)g_data, (unsigned long long)pm_at((uintptr_t)&g_data));
	printf("VAR role=%s name=g_cow va=%#lx value=%#llx pagemap=%#llx\n", role, (unsigned long)&g_cow,
	       (unsigned long long)g_cow, (unsigned long long)pm_at((uintptr_t)&g_cow));
	printf("VAR role=%s name=main va=%#lx value=%#llx pagemap=%#llx\n", role, (unsigned long)(uintptr_t)&fill,
	       (unsigned long long)*(uint64_t *)((uintptr_t)&fill & ~7UL),
	       (unsigned long long)pm_at((uintptr_t)&fill));
	for (int r = 0; r < nr; r++) {
		printf("REGION role=%s name=%s va=%#lx len=%#lx\n", role, R[r].name,
		       (unsigned long)R[r].va, (unsigned long)R[r].len);
		size_t n = R[r].len / PG;
		for (size_t i = 0; i < n; i++) {
			if (R[r].show && i >= 3 && i < n - 1)
				continue;	/* big regions: first three pages and the last */
			uintptr_t va = (uintptr_t)R[r].va + i * PG;
			uint64_t e = pm_at(va);
			printf("PAGE role=%s region=%s n=%zu va=%#lx pagemap=%#llx", role, R[r].name, i,
			       (unsigned long)va, (unsigned long long)e);
			if (R[r].readable && (e >> 63)) {
				volatile uint64_t *w = (volatile uint64_t *)va;
				printf(" w0=%#llx w1=%#llx", (unsigned long long)w[0], (unsigned long long)w[1]);
			}
			printf("\n");
		}
	}
	printf("PROBE_END role=%s\n", role);
	fflush(stdout);
}

static size_t hpage_size(void)
{
	char b[32] = "";
	int fd = open("/sys/kernel/mm/transparent_hugepage/hpage_pmd_size", O_RDONLY);
	if (fd < 0)
		return 0;
	if (read(fd, b, sizeof b - 1) < 0)
		b[0] = 0;
	close(fd);
	return strtoul(b, 0, 0);
}

static int run(int argc, char **argv)
{
	volatile int a = 0x8055;
	int r, to_child[2], to_parent[2];
	char c;

	setvbuf(stdout, 0, _IOFBF, 1 << 16);
	/* 0: private anonymous; 0,1,3,6 written, 2 only read (zero page), the rest never touched */
	r = add("anon", anon(0, 8 * PG, PROT_READ | PROT_WRITE, MAP_PRIVATE), 8 * PG, 1, 0);
	fill(r, 0, 0); fill(r, 1, 0); fill(r, 3, 0); fill(r, 6, 0);
	(void)*(volatile char *)(R[r].va + 2 * PG);
	/* 1: private, written before the fork; parent writes 1 after it, child 2 */
	int cow = r = add("cow", anon(0, 4 * PG, PROT_READ | PROT_WRITE, MAP_PRIVATE), 4 * PG, 1, 0);
	for (int i = 0; i < 4; i++) fill(r, i, 0);
	/* 2: shared anonymous; 0 by parent, 1 by child after the fork; 2 before; 3 never */
	int shared = r = add("shared", anon(0, 4 * PG, PROT_READ | PROT_WRITE, MAP_SHARED), 4 * PG, 1, 0);
	fill(r, 2, 0);
	/* 3: read-only */
	r = add("ro", anon(0, 2 * PG, PROT_READ | PROT_WRITE, MAP_PRIVATE), 2 * PG, 1, 0);
	fill(r, 0, 0); fill(r, 1, 0);
	mprotect(R[r].va, 2 * PG, PROT_READ);
	/* 4: no access: page 0 was written, page 1 never */
	r = add("none", anon(0, 2 * PG, PROT_READ | PROT_WRITE, MAP_PRIVATE), 2 * PG, 0, 0);
	fill(r, 0, 0);
	mprotect(R[r].va, 2 * PG, PROT_NONE);
	/* 5: read + execute */
	r = add("rx", anon(0, PG, PROT_READ | PROT_WRITE, MAP_PRIVATE), PG, 1, 0);
	fill(r, 0, 0);
	mprotect(R[r].va, PG, PROT_READ | PROT_EXEC);
	/* 6: pages 0,1 paged out to swap (if there is any), 2,3 not */
	r = add("swap", anon(0, 4 * PG, PROT_READ | PROT_WRITE, MAP_PRIVATE), 4 * PG, 0, 0);
	for (int i = 0; i < 4; i++) fill(r, i, 0);
	if (madvise(R[r].va, 2 * PG, MADV_PAGEOUT))
		printf("NOTE madvise pageout errno=%d\n", errno);
	/* transparent huge page */
	size_t h = hpage_size();
	if (h) {
		char *p = anon(0, 3 * h, PROT_READ | PROT_WRITE, MAP_PRIVATE);
		if (p != MAP_FAILED) {
			p = (char *)(((uintptr_t)p + h - 1) & ~(h - 1));
			if (madvise(p, h, MADV_HUGEPAGE))
				printf("NOTE madvise hugepage errno=%d\n", errno);
			r = add("thp", p, h, 1, 1);
			fill(r, 0, 0); fill(r, 1, 0); fill(r, h / PG - 1, 0);
		}
	} else
		printf("NOREGION name=thp errno=0\n");
	/* hugetlbfs page, shared so that the fork does not split or copy it */
	size_t hs = h ? h : 2UL << 20;
	r = add("hugetlb", anon(0, hs, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_HUGETLB), hs, 1, 1);
	if (r >= 0) {
		fill(r, 0, 0); fill(r, 1, 0);
	}
	/* device memory (a PCI BAR): page frames outside RAM */
	if (argc > 0) {
		int fd = open(argv[0], O_RDWR | O_SYNC);
		if (fd < 0)
			printf("NOREGION name=dev errno=%d\n", errno);
		else {
			r = add("dev", mmap(0, 2 * PG, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), 2 * PG, 0, 0);
			printf("NOTE dev=%s\n", argv[0]);
		}
	}
	/* the highest address the kernel gives for a hint (more than 47 bits only with 5 levels) */
#if __SIZEOF_POINTER__ == 8 && defined(__x86_64__)
	r = add("high", anon((void *)0x00ff000000000000UL, PG, PROT_READ | PROT_WRITE, MAP_PRIVATE), PG, 1, 0);
	if (r >= 0) fill(r, 0, 0);
#endif
	/* a second far-apart address, low in the space */
	r = add("low", anon((void *)0x10000000UL, 2 * PG, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED),
		2 * PG, 1, 0);
	if (r >= 0) fill(r, 1, 0);

	if (pipe(to_child) || pipe(to_parent))
		return 1;
	fflush(stdout);
	pid_t kid = fork();
	if (kid == 0) {
		fill(cow, 2, 2);
		fill(shared, 1, 2);
		g_cow++;
		if (write(to_parent[1], "1", 1) != 1) return 1;
		if (read(to_child[0], &c, 1) != 1) return 1;	/* parent has written and shown */
		show("child", &a);
		if (write(to_parent[1], "2", 1) != 1) return 1;
		for (volatile int i = 0;; i++)
			if (a != 0x8055) abort();
	}
	if (read(to_parent[0], &c, 1) != 1) return 1;
	fill(cow, 1, 1);
	fill(shared, 0, 1);
	(void)*(volatile char *)(R[shared].va + PG);
	show("parent", &a);
	if (write(to_child[1], "1", 1) != 1) return 1;
	if (read(to_parent[0], &c, 1) != 1) return 1;
	/* once more: the child's reads may have changed nothing of ours, but show it */
	printf("PROBE_READY parent=%d child=%d\n", getpid(), kid);
	fflush(stdout);
	for (;;) {
		pause();
		if (a != 0x8055) abort();
	}
}

static int pm(const char *pid)
{
	char path[64], line[512];
	setvbuf(stdout, 0, _IOFBF, 1 << 16);
	snprintf(path, sizeof path, "/proc/%s/pagemap", pid);
	pm_fd = open(path, O_RDONLY);
	snprintf(path, sizeof path, "/proc/%s/maps", pid);
	FILE *f = fopen(path, "r");
	if (!f || pm_fd < 0)
		return 1;
	while (fgets(line, sizeof line, f)) {
		unsigned long long lo, hi;
		if (sscanf(line, "%llx-%llx", &lo, &hi) != 2)
			continue;
		if (lo >> 63) continue;		/* vsyscall */
		uint64_t first = 0; unsigned long long start = 0; unsigned n = 0;
		for (unsigned long long va = lo; va <= hi; va += PG) {
			uint64_t e = va < hi ? pm_ahead(va, hi) : 0;
			int same = n && e && (e == ((first >> 63) ? first + n : first));
			if (same) { n++; continue; }
			if (n)
				printf("PM pid=%s va=%#llx n=%u pagemap=%#llx\n", pid, start, n, (unsigned long long)first);
			n = e ? 1 : 0; first = e; start = va;
		}
	}
	printf("PM_END pid=%s\n", pid);
	fflush(stdout);
	return 0;
}

static void *thread(void *name)
{
	prctl(PR_SET_NAME, name);
	for (;;)
		pause();
	return 0;
}

static int threads(void)
{
	pthread_t t;
	if (pthread_create(&t, 0, thread, "probe-thread1") || pthread_create(&t, 0, thread, "probe-thread2"))
		return 1;
	for (;;)
		pause();
}

static int zombie(void)
{
	pid_t kid = fork();
	if (kid < 0)
		return 1;
	if (kid == 0) {
		prctl(PR_SET_NAME, "probe-gone");
		_exit(0);
	}
	for (;;)
		pause();
}

static int sharer(void *name)
{
	prctl(PR_SET_NAME, name);
	for (;;)
		pause();
	return 0;
}

static int shared(void)
{
	static char stack[2][16384] __attribute__((aligned(64)));
	if (clone(sharer, stack[0] + sizeof stack[0], CLONE_VM | SIGCHLD, "probe-shares") < 0)
		return 1;
	/* returns when the child execs or exits, which it does not */
	if (clone(sharer, stack[1] + sizeof stack[1], CLONE_VM | CLONE_VFORK | SIGCHLD, "probe-vfork") < 0)
		return 1;
	return 0;
}

static int leaderless(void)
{
	pthread_t t;
	if (pthread_create(&t, 0, thread, "probe-left"))
		return 1;
	pthread_exit(0);
}

int main(int argc, char **argv)
{
	PG = sysconf(_SC_PAGESIZE);
	if (argc >= 2 && !strcmp(argv[1], "threads"))
		return threads();
	if (argc >= 2 && !strcmp(argv[1], "zombie"))
		return zombie();
	if (argc >= 2 && !strcmp(argv[1], "shared"))
		return shared();
	if (argc >= 2 && !strcmp(argv[1], "leaderless"))
		return leaderless();
	if (argc >= 2 && !strcmp(argv[1], "run"))
		return run(argc - 2, argv + 2);
	if (argc >= 3 && !strcmp(argv[1], "pm"))
		return pm(argv[2]);
	fprintf(stderr, "usage: probe run [DEVFILE] | probe pm PID | probe threads|zombie|shared|leaderless\n");
	return 2;
}
