/* Every page of a process, against pagemap and against what the process has stored there. */
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

#define PRESENT (1ULL << 63)
#define SWAPPED (1ULL << 62)
#define FRAME ((1ULL << 55) - 1)

struct tally {
	unsigned int pages, mapped, values, absent, swapped, kept, huge, high;
};

/* Where the linear map ends: what lies above is high memory, tables included. */
static uint64_t linear_end;

/* A word of another process's memory, without bringing in what is not there. */
static bool stored(int memory, uint64_t address, unsigned long *value)
{
	return pread(memory, value, sizeof(*value), (off_t)address) == sizeof(*value);
}

/* What is wrong with a walk, or NULL. Its value is compared if there is a memory to read it from. */
static const char *judge(const struct pagewalk_walk *walk, uint64_t entry, int memory, struct tally *tally)
{
	uint64_t frame = walk->physical / page_size;
	unsigned long value;

	if (entry & SWAPPED) {
		tally->swapped++;
		if (walk->outcome != PAGEWALK_NOT_PRESENT || walk->state != PAGEWALK_STATE_SWAP)
			return "pagemap says swapped";
		return (entry & 31) == walk->state_type && (entry & FRAME) >> 5 == walk->state_offset ?
			       NULL : "another place in swap";
	}
	if (!(entry & PRESENT)) {
		tally->absent++;
		return walk->physical ? "pagemap says not present" : NULL;
	}
	if (walk->outcome == PAGEWALK_MAPPED)
		tally->mapped++;
	else if (walk->state == PAGEWALK_STATE_OLD || walk->state == PAGEWALK_STATE_PROTECTION_NONE)
		tally->kept++;
	else
		return "pagemap says present";
	if (walk->page_shift > 20)
		tally->huge++;
	if (linear_end && walk->physical >= linear_end)
		tally->high++;
	if ((entry & FRAME) != frame)
		return "another frame than pagemap's";
	if (memory < 0 || !walk->value_size || !stored(memory, walk->address, &value))
		return NULL;
	tally->values++;
	return walk->value_size == sizeof(value) && walk->value == value ? NULL : "another value than stored";
}

/* Walks every page that /proc/PID/maps lists. */
static void walk_all(int device, pid_t pid, struct tally *tally)
{
	unsigned long long first, last, address = 0;
	struct pagewalk_walk result;
	const char *wrong = NULL;
	char path[64], line[256];
	int memory, stable, tries;
	FILE *maps;

	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	memory = open(path, O_RDONLY | O_CLOEXEC);
	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	maps = fopen(path, "r");
	if (memory < 0 || !maps)
		give_up(path);
	while (!wrong && fgets(line, sizeof(line), maps)) {
		/* What is not of the process has no pagemap: x86's vsyscall, ARM's vectors. */
		if (sscanf(line, "%llx-%llx", &first, &last) != 2 || strstr(line, "[vsyscall]") ||
		    strstr(line, "[vectors]"))
			continue;
		/* Our own stack is written by the very calls that look at it: where in it a page begins is chance. */
		stable = pid == getpid() && strstr(line, "[stack]") ? -1 : memory;
		for (address = first; !wrong && address < last; address += page_size) {
			tally->pages++;
			/* The kernel may move a page between the two questions. */
			for (tries = 0; tries < 4; tries++) {
				if (walk(device, pid, address, &result))
					wrong = "the ioctl fails";
				else
					wrong = judge(&result, pagemap(pid, address), stable, tally);
				if (!wrong)
					break;
			}
		}
	}
	check(!wrong, "every page is as pagemap and the process have it",
	      "%llx: %s (outcome %u, state %u, physical %llx, pagemap %llx, value %llx) in %s", address - page_size,
	      wrong, result.outcome, result.state, (unsigned long long)result.physical,
	      (unsigned long long)pagemap(pid, address - page_size), (unsigned long long)result.value, line);
	fclose(maps);
	close(memory);
}

static char *anonymous(size_t size)
{
	char *start = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (start == MAP_FAILED)
		give_up("mmap");
	return start;
}

/* A word in every page, which tells of its page. */
static void fill(char *start, size_t size)
{
	size_t offset;

	for (offset = 0; offset < size; offset += page_size)
		*(unsigned long *)(start + offset) = (unsigned long)(start + offset) ^ 0x5a5a5a5a;
}

/* Where a huge page may lie; NULL if the kernel has none. */
static char *make_huge(size_t size)
{
	char *start = anonymous(2 * size);

	start = (char *)(((uintptr_t)start + size - 1) & ~(size - 1));
	if (madvise(start, size, MADV_HUGEPAGE))
		return NULL;
	fill(start, size);
	return start;
}

static size_t huge_page_size(void)
{
	FILE *file = fopen("/sys/kernel/mm/transparent_hugepage/hpage_pmd_size", "r");
	size_t size = 0;

	if (!file)
		return 0;
	if (fscanf(file, "%zu", &size) != 1)
		size = 0;
	fclose(file);
	return size;
}

void test_pages(void)
{
	size_t size = 64 * page_size, huge = huge_page_size();
	char *written = anonymous(size), *untouched = anonymous(size), *none = anonymous(size);
	char *reading = anonymous(size), *swapped = anonymous(size), *large = huge ? make_huge(huge) : NULL;
	struct pagewalk_info info = { .size = sizeof(info), .version = PAGEWALK_VERSION };
	struct pagewalk_walk result;
	struct tally tally = { 0 };
	int device = open_device();
	pid_t child;

	if (!ioctl(device, PAGEWALK_GET_INFO, &info) && (info.flags & PAGEWALK_INFO_HIGH_MEMORY))
		linear_end = info.linear_end - info.page_offset + info.phys_offset;

	fill(written, size);
	fill(none, size);
	fill(swapped, size);
	mprotect(none, size, PROT_NONE);
	/* A page that was only read is the zero page. */
	*(volatile char *)reading;
	/* The child has the same pages, so that both processes' entries and references are seen. */
	madvise(swapped, size, 21 /* MADV_PAGEOUT */);
	child = start_waiting();
	walk_all(device, getpid(), &tally);
	walk_all(device, child, &tally);
	printf("pages: %u walked, %u mapped (%u in huge pages, %u in high memory), %u not there, %u in swap, "
	       "%u kept by Linux alone; %u values compared\n", tally.pages, tally.mapped, tally.huge, tally.high,
	       tally.absent, tally.swapped, tally.kept, tally.values);
	check(!linear_end || tally.high > 100, "pages in high memory are read", "%u", tally.high);
	check(tally.mapped > 200 && tally.values > 200 && tally.absent > 100, "there were enough of each kind",
	      "see above");
	check(tally.kept >= 128, "pages with PROT_NONE are found", "%u", tally.kept);
	check(tally.swapped > 0, "pages in swap are found", "none");
	walk(device, getpid(), (uintptr_t)none, &result);
	check(result.state == PAGEWALK_STATE_PROTECTION_NONE && result.value == ((uintptr_t)none ^ 0x5a5a5a5a),
	      "PROT_NONE has its name, and its value", "state %u, value %llx", result.state,
	      (unsigned long long)result.value);
	walk(device, getpid(), (uintptr_t)untouched, &result);
	check(result.outcome == PAGEWALK_NOT_PRESENT && result.state == PAGEWALK_STATE_NONE,
	      "an untouched page is not there", "outcome %u, state %u", result.outcome, result.state);
	walk(device, getpid(), (uintptr_t)written + page_size - 2, &result);
	check(result.value_size == 2, "a value ends where its page ends", "%u bytes", result.value_size);
	if (large) {
		walk(device, getpid(), (uintptr_t)large + 5 * page_size, &result);
		check(1ULL << result.page_shift == huge &&
			      result.value == ((uintptr_t)(large + 5 * page_size) ^ 0x5a5a5a5a),
		      "a huge page is one", "shift %u, value %llx", result.page_shift,
		      (unsigned long long)result.value);
	} else {
		printf("note: this kernel has no transparent huge pages\n");
	}
	stop_waiting(child);
	close(device);
}
