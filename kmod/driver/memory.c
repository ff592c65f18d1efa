// SPDX-License-Identifier: MIT OR GPL-2.0
/* Physical memory: RAM only, and never a fault. */
#include <linux/highmem.h>
#include <linux/ioport.h>
#include <linux/memory_hotplug.h>
#include <linux/mm.h>
#include <linux/uaccess.h>

#include "driver/driver.h"

struct page *pagewalk_ram_page(u64 physical)
{
	unsigned long pfn = physical >> PAGE_SHIFT;
	struct page *page;

	/* An entry may hold more bits than this kernel has addresses. */
	if ((u64)pfn != physical >> PAGE_SHIFT || !pfn_valid(pfn))
		return ERR_PTR(-ENXIO);
	page = pfn_to_online_page(pfn);
	if (!page)
		return ERR_PTR(-ENXIO);
	/* Holes between RAM have a struct page, too, a reserved one; so has the kernel's image, which is RAM. */
	if (PageReserved(page) && !page_is_ram(pfn))
		return ERR_PTR(-ENXIO);
	if (PageHWPoison(page))
		return ERR_PTR(-EIO);
	return page;
}

int pagewalk_copy_physical(u64 physical, void *to, size_t count)
{
	size_t offset = physical & ~PAGE_MASK;
	struct page *page;
	void *mapped;
	int error;

	if (count > PAGE_SIZE - offset)
		return -EINVAL;
	page = pagewalk_ram_page(physical);
	if (IS_ERR(page))
		return PTR_ERR(page);
	/* A page of high memory has no address of its own; and one that has may be unmapped (secretmem). */
	mapped = kmap_local_page(page);
	error = copy_from_kernel_nofault(to, mapped + offset, count);
	kunmap_local(mapped);
	return error ? -EIO : 0;
}

s32 PAGEWALK_CALL pagewalk_read_entry(u64 physical, u32 count, u64 *entry)
{
	u64 again;
	u32 word;
	int error, tries;

	if (physical & (count - 1))
		return -EINVAL;
	if (count == sizeof(word)) {
		error = pagewalk_copy_physical(physical, &word, sizeof(word));
		*entry = word;
		return error;
	}
	error = pagewalk_copy_physical(physical, entry, sizeof(*entry));
	/* 32-bit kernels read 64 bits in two halves, between which the entry may change. */
	for (tries = 0; !IS_ENABLED(CONFIG_64BIT) && !error && tries < 8; tries++) {
		error = pagewalk_copy_physical(physical, &again, sizeof(again));
		if (again == *entry)
			break;
		*entry = again;
	}
	return error;
}

struct range_list {
	struct pagewalk_range *ranges;
	u32 capacity;
	u32 count;
};

static int take_range(struct resource *resource, void *argument)
{
	struct range_list *list = argument;

	if (list->count < list->capacity) {
		list->ranges[list->count].start = resource->start;
		list->ranges[list->count].end = (u64)resource->end + 1;
	}
	list->count++;
	return 0;
}

u32 pagewalk_ram_ranges(struct pagewalk_range *ranges, u32 capacity)
{
	struct range_list list = { .ranges = ranges, .capacity = capacity };

	walk_iomem_res_desc(IORES_DESC_NONE, IORESOURCE_SYSTEM_RAM | IORESOURCE_BUSY, 0, -1, &list, take_range);
	return list.count;
}
