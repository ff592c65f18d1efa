// SPDX-License-Identifier: MIT OR GPL-2.0
/* One walk, and the bytes that it leads to. */
#include <linux/highmem.h>
#include <linux/ktime.h>
#include <linux/mm.h>
#include <linux/timex.h>

#include "driver/driver.h"

/* Reclaim and migration take no part in the process's lock: they may be faster, but not for ever. */
#define TRIES 16

void pagewalk_look_up(const struct pagewalk_space *space, struct pagewalk_walk *walk)
{
	cycles_t cycles;
	u64 started;

	walk->root = space->root;
	memset(walk->steps, 0, sizeof(walk->steps));
	started = ktime_get_ns();
	cycles = get_cycles();
	pagewalk_translate(&pagewalk_this_kernel, walk, walk->steps);
	walk->cycles = get_cycles() - cycles;
	walk->nanoseconds = ktime_get_ns() - started;
}

static bool same_mapping(const struct pagewalk_walk *a, const struct pagewalk_walk *b)
{
	return a->outcome == b->outcome && a->physical == b->physical && a->page_shift == b->page_shift &&
	       a->state == b->state;
}

int pagewalk_copy_mapped(const struct pagewalk_space *space, const struct pagewalk_walk *walk,
			 struct pagewalk_walk *scratch, void *to, size_t count)
{
	struct page *page, *head;
	int error;

	if (!walk->physical && walk->outcome != PAGEWALK_MAPPED)
		return -ENXIO;
	page = pagewalk_ram_page(walk->physical);
	if (IS_ERR(page))
		return PTR_ERR(page);
	head = compound_head(page);
	if (!get_page_unless_zero(head)) {
		/* A page of a process always has a reference; one of the kernel's need not, and is not given away. */
		if (walk->address < TASK_SIZE_MAX && space->mm)
			return -EAGAIN;
		return pagewalk_copy_physical(walk->physical, to, count);
	}
	/* Between the walk and the reference the page may have become another's. If it is still mapped, not. */
	scratch->address = walk->address;
	pagewalk_look_up(space, scratch);
	if (!same_mapping(walk, scratch) || compound_head(page) != head) {
		error = -EAGAIN;
	} else {
		/* What the process wrote may be in a cache of its own addresses. */
		flush_dcache_page(page);
		error = pagewalk_copy_physical(walk->physical, to, count);
	}
	put_page(head);
	return error;
}

int pagewalk_look_up_and_copy(const struct pagewalk_space *space, struct pagewalk_walk *walk,
			      struct pagewalk_walk *scratch, void *to, size_t count)
{
	int error, tries;

	for (tries = 0; tries < TRIES; tries++) {
		pagewalk_look_up(space, walk);
		error = pagewalk_copy_mapped(space, walk, scratch, to, count);
		if (error != -EAGAIN)
			break;
		cond_resched();
	}
	return error;
}
