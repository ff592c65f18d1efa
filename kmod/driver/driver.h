/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/* What the parts of the driver offer each other. */
#ifndef PAGEWALK_DRIVER_H
#define PAGEWALK_DRIVER_H

#include <linux/fs.h>
#include <linux/mutex.h>
#include <linux/pid_namespace.h>
#include <linux/sched.h>

#include "walker/walker.h"

/* kernel.c: this kernel's paging, found when the module is loaded. */
extern struct pagewalk_kernel pagewalk_this_kernel;
int pagewalk_find_kernel(void);
/* Physical address of swapper_pg_dir, or 0. */
u64 pagewalk_kernel_root(void);
void pagewalk_fill_info(struct pagewalk_info *info);
/* Physical address of the table that user mode runs on, if it is another one than root; 0 if not. */
u64 pagewalk_user_root(u64 root);
/* An address as the processor translates it: arm64 has tags in the top byte. */
u64 pagewalk_without_tag(u64 address);

/* memory.c: physical memory. */
/* The page of RAM that holds an address; ENXIO, EIO. */
struct page *pagewalk_ram_page(u64 physical);
/* Copies bytes of one page: 0, ENXIO, EIO, EINVAL (beyond the page's end). */
int pagewalk_copy_physical(u64 physical, void *to, size_t count);
/* How many ranges of RAM there are; as many of them as there is room for. */
u32 pagewalk_ram_ranges(struct pagewalk_range *ranges, u32 capacity);

/* process.c: an address space whose tables stay as they are until it is closed. */
struct pagewalk_space {
	/* NULL for the kernel's own. */
	struct mm_struct *mm;
	u64 root;
	char command[TASK_COMM_LEN];
};

/* Of a process, by its number in a namespace, or of the kernel (0): ESRCH, ENODATA, EINVAL, EINTR. */
int pagewalk_open_space(struct pagewalk_space *space, pid_t number, struct pid_namespace *names);
void pagewalk_close_space(struct pagewalk_space *space);

/* lookup.c: a walk, and the bytes that it leads to. */
/* Fills walk from walk->address on, and walk->root. */
void pagewalk_look_up(const struct pagewalk_space *space, struct pagewalk_walk *walk);
/*
 * Copies count bytes from where walk has led, all in one page of 1 << PAGE_SHIFT bytes. EAGAIN if the
 * mapping has changed since; ENXIO if it is no memory. scratch is another walk to work with.
 */
int pagewalk_copy_mapped(const struct pagewalk_space *space, const struct pagewalk_walk *walk,
			 struct pagewalk_walk *scratch, void *to, size_t count);
/* Walks again as long as the mapping changes: 0, or what the copy said. */
int pagewalk_look_up_and_copy(const struct pagewalk_space *space, struct pagewalk_walk *walk,
			      struct pagewalk_walk *scratch, void *to, size_t count);

/* device.c: an open file. */
#define PAGEWALK_TEXT_SIZE 4096

struct pagewalk_file {
	/* One request at a time: the rest of this structure is its working space. */
	struct mutex lock;
	/* Of whoever opened the device: processes are named as he sees them. */
	struct pid_namespace *names;
	/* Something was written, so that the log told of the opening. */
	bool is_told;
	struct pagewalk_walk walk;
	struct pagewalk_walk scratch;
	u32 text_length;
	char text[PAGEWALK_TEXT_SIZE];
	u8 page[PAGE_SIZE];
};

extern const struct file_operations pagewalk_operations;

/* ioctl.c */
long pagewalk_ioctl(struct file *file, unsigned int command, unsigned long argument);

/* main.c: what the log is told. */
enum pagewalk_log {
	PAGEWALK_LOG_NOTHING,
	PAGEWALK_LOG_WITHOUT_ADDRESSES,
	PAGEWALK_LOG_ALL,
};
enum pagewalk_log pagewalk_log_level(void);

#endif
