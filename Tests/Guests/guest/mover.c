/* mover: programs for tests of a running system.
 *
 *   mover move PAGES MICROSECONDS   map PAGES pages, write their own addresses into them, pause, unmap; for ever.
 *                                   Prints "MOVER pid=DEC va=HEX pages=DEC" first; the address stays.
 *   mover keep PAGES                the same pages, mapped once; only a counter in each page's second word changes
 *   mover as UID PROGRAM ARGS...    run a program as an ordinary user
 */
#define _GNU_SOURCE
#include <grp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

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

int main(int argc, char **argv)
{
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
	for (;;) {
		if (pause_us)
			usleep(pause_us);
		munmap(p, n * PG);
		map(p, n);
	}
}
