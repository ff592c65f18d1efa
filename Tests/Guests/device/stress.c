/* Many walks on all processors of processes that map, unmap, fork and exit meanwhile; and what a walk costs. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

#define WALKERS 4
#define CHURNERS 3
#define WALKS_EACH 1500
#define AREA ((char *)0x20000000)
#define AREA_SIZE (1 << 20)

/* Shared by all: who is there to be walked, and what came of it. */
struct shared {
	volatile pid_t targets[CHURNERS + 1];
	volatile int is_over;
	unsigned int mapped, absent, gone, other, wrong, read;
};

static struct shared *shared;

/* Pages appear and go, tables are freed, huge pages are split, children copy everything and exit. */
static void churn(unsigned int seed)
{
	size_t offset;
	int i;

	while (!shared->is_over) {
		char *area = mmap(AREA, AREA_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
				  -1, 0);

		for (offset = 0; area == AREA && offset < AREA_SIZE; offset += page_size)
			*(uint32_t *)(area + offset) = 0xabcd0000 | offset / page_size;
		for (i = 0; i < 3; i++) {
			pid_t child = fork();

			if (child == 0) {
				munmap(AREA + AREA_SIZE / 2, AREA_SIZE / 2);
				for (offset = 0; offset < AREA_SIZE / 2; offset += page_size)
					*(uint32_t *)(AREA + offset) = 0xabcd0000 | offset / page_size;
				_exit(0);
			}
			shared->targets[CHURNERS] = child;
			mprotect(AREA, AREA_SIZE / 4, rand_r(&seed) & 1 ? PROT_NONE : PROT_READ | PROT_WRITE);
			madvise(AREA + AREA_SIZE / 4, AREA_SIZE / 4, MADV_DONTNEED);
			waitpid(child, NULL, 0);
		}
		munmap(AREA, AREA_SIZE);
	}
	_exit(0);
}

/* What is seen of a page is either nothing, zeros, or what its owner writes there. */
static void walk_targets(unsigned int seed)
{
	struct pagewalk_read read = { .size = sizeof(read), .version = PAGEWALK_VERSION };
	int device = open_device(), i, error;
	struct pagewalk_walk result;
	uint32_t page, word;

	for (i = 0; i < WALKS_EACH; i++) {
		pid_t target = shared->targets[rand_r(&seed) % (CHURNERS + 1)];

		page = rand_r(&seed) % (AREA_SIZE / page_size);
		error = walk(device, target, (uintptr_t)AREA + page * page_size, &result);
		word = result.value;
		if (error == ESRCH)
			__atomic_fetch_add(&shared->gone, 1, __ATOMIC_RELAXED);
		else if (error)
			__atomic_fetch_add(&shared->other, 1, __ATOMIC_RELAXED);
		else if (!result.value_size)
			__atomic_fetch_add(&shared->absent, 1, __ATOMIC_RELAXED);
		else if (word && word != (0xabcd0000 | page))
			__atomic_fetch_add(&shared->wrong, 1, __ATOMIC_RELAXED);
		else
			__atomic_fetch_add(&shared->mapped, 1, __ATOMIC_RELAXED);
		read.pid = target;
		read.address = (uintptr_t)AREA + page * page_size;
		read.buffer = (uintptr_t)&word;
		read.length = sizeof(word);
		word = 0;
		if (!ioctl(device, PAGEWALK_READ, &read)) {
			__atomic_fetch_add(&shared->read, 1, __ATOMIC_RELAXED);
			if (word && word != (0xabcd0000 | page))
				__atomic_fetch_add(&shared->wrong, 1, __ATOMIC_RELAXED);
		}
	}
	_exit(0);
}

/* Objects that the kernel has of a kind, or -1. */
static long objects(const char *kind)
{
	char line[512], name[64];
	long count, found = -1;
	FILE *file = fopen("/proc/slabinfo", "r");

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "%63s %ld", name, &count) == 2 && !strcmp(name, kind))
			found = count;
	if (file)
		fclose(file);
	return found;
}

/* Processes that are walked while they exit: the last reference may be the walk's. */
static unsigned int walk_exiting(unsigned int count)
{
	int device = open_device();
	struct pagewalk_walk result;
	unsigned int i, walked = 0;

	for (i = 0; i < count; i++) {
		pid_t child = fork();
		int tries;

		if (child == 0)
			_exit(0);
		for (tries = 0; tries < 50 && !walk(device, child, (uintptr_t)&page_size, &result); tries++)
			walked++;
		waitpid(child, NULL, 0);
	}
	close(device);
	return walked;
}

void test_stress(void)
{
	pid_t children[WALKERS], churners[CHURNERS];
	long tasks, memories, more_tasks = 0, more_memories = 0;
	unsigned int walked;
	int i;

	walk_exiting(50);
	tasks = objects("task_struct");
	memories = objects("mm_struct");
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	for (i = 0; i < CHURNERS; i++) {
		churners[i] = fork();
		if (churners[i] == 0)
			churn(i);
		shared->targets[i] = churners[i];
	}
	for (i = 0; i < WALKERS; i++) {
		children[i] = fork();
		if (children[i] == 0)
			walk_targets(i + 100);
	}
	for (i = 0; i < WALKERS; i++)
		waitpid(children[i], NULL, 0);
	shared->is_over = 1;
	for (i = 0; i < CHURNERS; i++)
		waitpid(churners[i], NULL, 0);
	walked = walk_exiting(600);
	printf("stress: %u walks: %u found a page, %u none, %u no process, %u failed; %u reads; %u walks of exiting "
	       "processes\n", WALKERS * WALKS_EACH, shared->mapped, shared->absent, shared->gone, shared->other,
	       shared->read, walked);
	check(shared->mapped + shared->absent + shared->gone == WALKERS * WALKS_EACH,
	      "every walk under stress is answered", "%u failed", shared->other);
	check(!shared->wrong, "no walk shows another's memory", "%u did", shared->wrong);
	check(shared->mapped > 100 && shared->gone > 0 && walked > 100, "there was something to be found", "see above");
	/* Each leaked reference would keep one, and there were thousands. What is freed later is waited for. */
	for (i = 0; i < 100; i++) {
		more_tasks = objects("task_struct") - tasks;
		more_memories = objects("mm_struct") - memories;
		if (more_tasks < 100 && more_memories < 100)
			break;
		usleep(100000);
	}
	printf("stress: %+ld tasks, %+ld memories in the kernel\n", more_tasks, more_memories);
	check(more_tasks < 100 && more_memories < 100, "no task and no memory is kept", "see above");
}

void measure(void)
{
	enum { COUNT = 2000 };
	uint64_t cycles = 0, nanoseconds = 0;
	int device = open_device(), i;
	struct pagewalk_walk result;
	unsigned int size;
	FILE *file;

	file = fopen("/sys/module/pagewalk/coresize", "r");
	if (file && fscanf(file, "%u", &size) == 1)
		printf("note: %u bytes of kernel memory hold the module\n", size);
	if (file)
		fclose(file);
	for (i = 0; i < COUNT; i++) {
		walk(device, getpid(), (uintptr_t)&page_size, &result);
		cycles += result.cycles;
		nanoseconds += result.nanoseconds;
	}
	printf("cost: %" PRIu64 " cycles, %" PRIu64 " ns a walk of %u levels (mean of %d)\n", cycles / COUNT,
	       nanoseconds / COUNT, result.step_count, COUNT);
	close(device);
}
