// The scenarios of Examples/Scenarios, embedded by the compiler (C23).
#include "ExplorerPage.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char access_errors[] = {
#embed "../../Examples/Scenarios/access-errors.lab"
};

static const unsigned char deferred_vmalloc_arm[] = {
#embed "../../Examples/Scenarios/deferred-vmalloc-arm.lab"
};

static const unsigned char deferred_vmalloc[] = {
#embed "../../Examples/Scenarios/deferred-vmalloc.lab"
};

static const unsigned char file_mapping[] = {
#embed "../../Examples/Scenarios/file-mapping.lab"
};

static const unsigned char first_touch[] = {
#embed "../../Examples/Scenarios/first-touch.lab"
};

static const unsigned char fork_copy_on_write[] = {
#embed "../../Examples/Scenarios/fork-copy-on-write.lab"
};

static const unsigned char high_memory[] = {
#embed "../../Examples/Scenarios/high-memory.lab"
};

static const unsigned char huge_pages[] = {
#embed "../../Examples/Scenarios/huge-pages.lab"
};

static const unsigned char kernel_and_process[] = {
#embed "../../Examples/Scenarios/kernel-and-process.lab"
};

static const unsigned char lock_order[] = {
#embed "../../Examples/Scenarios/lock-order.lab"
};

static const unsigned char missing_flush[] = {
#embed "../../Examples/Scenarios/missing-flush.lab"
};

static const unsigned char race_5_8[] = {
#embed "../../Examples/Scenarios/race-5.8.lab"
};

static const unsigned char race_5_9[] = {
#embed "../../Examples/Scenarios/race-5.9.lab"
};

static const unsigned char same_address[] = {
#embed "../../Examples/Scenarios/same-address.lab"
};

static const unsigned char shared_memory[] = {
#embed "../../Examples/Scenarios/shared-memory.lab"
};

static const unsigned char stack_growth[] = {
#embed "../../Examples/Scenarios/stack-growth.lab"
};

static const unsigned char swap[] = {
#embed "../../Examples/Scenarios/swap.lab"
};

static const unsigned char transcript[] = {
#embed "../../Examples/Scenarios/transcript.lab"
};

static const unsigned char unmap_tables[] = {
#embed "../../Examples/Scenarios/unmap-tables.lab"
};

#define STORY(name, array) {name, "text/plain; charset=utf-8", array, sizeof array}

static const struct explorer_page_file stories[] = {
	STORY("access-errors", access_errors),
	STORY("deferred-vmalloc-arm", deferred_vmalloc_arm),
	STORY("deferred-vmalloc", deferred_vmalloc),
	STORY("file-mapping", file_mapping),
	STORY("first-touch", first_touch),
	STORY("fork-copy-on-write", fork_copy_on_write),
	STORY("high-memory", high_memory),
	STORY("huge-pages", huge_pages),
	STORY("kernel-and-process", kernel_and_process),
	STORY("lock-order", lock_order),
	STORY("missing-flush", missing_flush),
	STORY("race-5.8", race_5_8),
	STORY("race-5.9", race_5_9),
	STORY("same-address", same_address),
	STORY("shared-memory", shared_memory),
	STORY("stack-growth", stack_growth),
	STORY("swap", swap),
	STORY("transcript", transcript),
	STORY("unmap-tables", unmap_tables),
};

size_t explorer_story_count(void)
{
	return sizeof stories / sizeof stories[0];
}

struct explorer_page_file explorer_story_at(size_t index)
{
	return stories[index];
}
