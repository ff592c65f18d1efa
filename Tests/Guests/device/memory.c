/* Reading memory through the tables, and by physical address. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"

static int device;

static int read_virtual(uint64_t address, void *to, uint32_t length, struct pagewalk_read *read)
{
	*read = (struct pagewalk_read){ .size = sizeof(*read), .version = PAGEWALK_VERSION, .pid = getpid(),
					.address = address, .buffer = (uintptr_t)to, .length = length };
	return ioctl(device, PAGEWALK_READ, read) ? errno : 0;
}

static int read_memory(uint64_t physical, void *to, uint32_t length)
{
	struct pagewalk_memory memory = { .size = sizeof(memory), .version = PAGEWALK_VERSION,
					  .physical = physical, .buffer = (uintptr_t)to, .length = length };

	return ioctl(device, PAGEWALK_READ_MEMORY, &memory) ? errno : 0;
}

/* How many ranges of RAM /proc/iomem has, and where the last one ends. */
static unsigned int ranges_of_iomem(unsigned long long *end)
{
	unsigned long long first, last;
	unsigned int count = 0;
	char line[256];
	FILE *file = fopen("/proc/iomem", "r");

	while (file && fgets(line, sizeof(line), file)) {
		if (line[0] == ' ' || !strstr(line, ": System RAM") ||
		    sscanf(line, "%llx-%llx", &first, &last) != 2)
			continue;
		count++;
		*end = last + 1;
	}
	if (file)
		fclose(file);
	return count;
}

/* With isolation the user's own top table has the same entry for user addresses, executable or not. */
static void test_user_root(const struct pagewalk_walk *walk)
{
	struct pagewalk_root root = { .size = sizeof(root), .version = PAGEWALK_VERSION, .pid = getpid() };
	uint64_t entry = 0, not_executable = 1ULL << 63;

	if (ioctl(device, PAGEWALK_GET_ROOT, &root) || !root.user_root)
		return;
	read_memory(root.user_root + walk->steps[0].index * sizeof(entry), &entry, sizeof(entry));
	check(entry && (entry | not_executable) == (walk->steps[0].entry | not_executable),
	      "the user's table is the isolated half", "%llx", (unsigned long long)entry);
}

static void test_tables(uint64_t address)
{
	struct pagewalk_walk result;
	struct pagewalk_step *step;
	uint64_t entry;
	unsigned int i;
	bool same = true;

	walk(device, getpid(), address, &result);
	for (i = 0; i < result.step_count; i++) {
		step = &result.steps[i];
		entry = 0;
		/* ARM's short descriptors have four bytes. */
		if (read_memory(step->entry_address, &entry, step->entry >> 32 || sizeof(long) == 8 ? 8 : 4) ||
		    (sizeof(long) == 8 ? entry != step->entry : (uint32_t)entry != (uint32_t)step->entry))
			same = false;
	}
	test_user_root(&result);
	check(same && result.step_count >= 2, "tables can be read, and hold the walk's entries", "step %u", i);
}

void test_memory(void)
{
	char *there = mmap(NULL, 2 * page_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *copy = malloc(2 * page_size);
	struct pagewalk_range found[64];
	struct pagewalk_ranges ranges = { .size = sizeof(ranges), .version = PAGEWALK_VERSION,
					  .buffer = (uintptr_t)found, .capacity = 64 };
	struct pagewalk_read read;
	unsigned long long end = 0;
	unsigned int count;
	size_t i;
	int error;

	device = open_device();
	for (i = 0; i < page_size; i++)
		there[i] = i * 7;
	error = read_virtual((uintptr_t)there, copy, page_size, &read);
	check(!error && read.copied == page_size && !memcmp(there, copy, page_size),
	      "a page is read through the tables", "%s, %u bytes", strerror(error), read.copied);
	memset(copy, 0, page_size);
	error = read_memory(read.physical, copy, page_size);
	check(!error && !memcmp(there, copy, page_size), "and by its physical address", "%s", strerror(error));
	error = read_virtual((uintptr_t)there + page_size - 16, copy, 64, &read);
	check(!error && read.copied == 16, "no more than the page has", "%s, %u bytes", strerror(error), read.copied);
	error = read_virtual((uintptr_t)there + page_size, copy, 16, &read);
	check(error == ENXIO, "nothing is faulted in", "%s", strerror(error));
	error = read_virtual((uintptr_t)there, NULL, 16, &read);
	check(error == EFAULT, "a bad buffer is refused", "%s", strerror(error));
	error = read_memory(read.physical + page_size - 8, copy, 16);
	check(error == EINVAL, "physical memory is read page by page", "%s", strerror(error));
	error = read_memory(0, copy, page_size + 1);
	check(error == EINVAL, "and no more than a page", "%s", strerror(error));
	test_tables((uintptr_t)there);

	error = ioctl(device, PAGEWALK_GET_RANGES, &ranges) ? errno : 0;
	count = ranges_of_iomem(&end);
	check(!error && ranges.count == count && count && found[count - 1].end == end,
	      "the ranges of RAM are those of /proc/iomem", "%s, %u of %u", strerror(error), ranges.count, count);
	error = read_memory(end, copy, 16);
	check(error == ENXIO, "what is no RAM is not read", "behind it: %s", strerror(error));
	error = read_memory(0x7ffffffffffff000, copy, 16);
	check(error == ENXIO, "nor what no machine has", "%s", strerror(error));
	if (found[0].start <= 0x9f000 && count > 1) {
		error = read_memory(0xa0000, copy, 16);
		check(error == ENXIO, "nor a PC's video memory", "%s", strerror(error));
	}
	ranges.capacity = 0;
	error = ioctl(device, PAGEWALK_GET_RANGES, &ranges) ? errno : 0;
	check(!error && ranges.count == count, "without room they are counted", "%s", strerror(error));
	close(device);
	free(copy);
	munmap(there, 2 * page_size);
}
