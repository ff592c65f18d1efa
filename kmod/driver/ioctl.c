// SPDX-License-Identifier: MIT OR GPL-2.0
/* The device for programs: include/pagewalk.h says what each request does. */
#include <linux/mm.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "driver/driver.h"

/* What every structure begins with. */
struct head {
	u32 size;
	u32 version;
};

/* Any of them, in the kernel. */
union request {
	struct head head;
	struct pagewalk_info info;
	struct pagewalk_root root;
	struct pagewalk_read read;
	struct pagewalk_memory memory;
	struct pagewalk_ranges ranges;
};

/* Takes a structure of the caller's, which may be shorter or longer than ours. */
static long take(void *to, size_t size, const void __user *from)
{
	struct head head;

	if (copy_from_user(&head, from, sizeof(head)))
		return -EFAULT;
	if (head.version != PAGEWALK_VERSION)
		return -EPROTO;
	if (head.size < sizeof(head))
		return -EINVAL;
	if (head.size > PAGE_SIZE)
		return -E2BIG;
	return copy_struct_from_user(to, size, from, head.size);
}

/* Gives it back, as far as the caller has room. */
static long give(void __user *to, const void *from, size_t size)
{
	const struct head *head = from;

	return copy_to_user(to, from, min_t(size_t, head->size, size)) ? -EFAULT : 0;
}

static long get_info(void __user *argument, struct pagewalk_info *info)
{
	long error = take(info, sizeof(*info), argument);

	if (error)
		return error;
	if (info->flags || memchr_inv(info->reserved, 0, sizeof(info->reserved)))
		return -EINVAL;
	pagewalk_fill_info(info);
	return give(argument, info, sizeof(*info));
}

static long get_root(struct pagewalk_file *state, void __user *argument, struct pagewalk_root *root)
{
	struct pagewalk_space space;
	long error = take(root, sizeof(*root), argument);

	if (error)
		return error;
	if (root->flags || memchr_inv(root->reserved, 0, sizeof(root->reserved)))
		return -EINVAL;
	error = pagewalk_open_space(&space, root->pid, state->names);
	if (error)
		return error;
	root->root = space.root;
	root->user_root = space.mm ? pagewalk_user_root(space.root) : 0;
	strscpy_pad(root->command, space.command, sizeof(root->command));
	pagewalk_close_space(&space);
	return give(argument, root, sizeof(*root));
}

static long walk(struct pagewalk_file *state, void __user *argument)
{
	struct pagewalk_walk *walk = &state->walk;
	struct pagewalk_space space;
	unsigned long value = 0;
	size_t size;
	long error;

	error = take(walk, sizeof(*walk), argument);
	if (error)
		return error;
	if (walk->flags)
		return -EINVAL;
	*walk = (struct pagewalk_walk){ .size = walk->size, .version = walk->version, .pid = walk->pid,
					.address = pagewalk_without_tag(walk->address) };
	error = pagewalk_open_space(&space, walk->pid, state->names);
	if (error)
		return error;
	size = min_t(size_t, sizeof(value), PAGE_SIZE - (walk->address & ~PAGE_MASK));
	if (!pagewalk_look_up_and_copy(&space, walk, &state->scratch, &value, size)) {
		walk->value = value;
		walk->value_size = size;
	}
	pagewalk_close_space(&space);
	/* The text of this file is that of its last walk in words, not of this one. */
	return give(argument, walk, sizeof(*walk));
}

static long read_virtual(struct pagewalk_file *state, void __user *argument, struct pagewalk_read *read)
{
	struct pagewalk_walk *walk = &state->walk;
	struct pagewalk_space space;
	size_t count;
	long error;

	error = take(read, sizeof(*read), argument);
	if (error)
		return error;
	if (read->flags || !read->length)
		return -EINVAL;
	count = min_t(size_t, read->length, PAGE_SIZE - (read->address & ~PAGE_MASK));
	error = pagewalk_open_space(&space, read->pid, state->names);
	if (error)
		return error;
	*walk = (struct pagewalk_walk){ .address = pagewalk_without_tag(read->address) };
	error = pagewalk_look_up_and_copy(&space, walk, &state->scratch, state->page, count);
	pagewalk_close_space(&space);
	if (error)
		return error;
	if (copy_to_user(u64_to_user_ptr(read->buffer), state->page, count))
		return -EFAULT;
	read->copied = count;
	read->physical = walk->physical;
	return give(argument, read, sizeof(*read));
}

static long read_memory(struct pagewalk_file *state, void __user *argument, struct pagewalk_memory *memory)
{
	long error = take(memory, sizeof(*memory), argument);

	if (error)
		return error;
	if (memory->flags || !memory->length || memory->length > PAGE_SIZE)
		return -EINVAL;
	error = pagewalk_copy_physical(memory->physical, state->page, memory->length);
	if (error)
		return error;
	return copy_to_user(u64_to_user_ptr(memory->buffer), state->page, memory->length) ? -EFAULT : 0;
}

static long get_ranges(struct pagewalk_file *state, void __user *argument, struct pagewalk_ranges *ranges)
{
	struct pagewalk_range *found = (struct pagewalk_range *)state->page;
	long error = take(ranges, sizeof(*ranges), argument);
	u32 room, there;

	if (error)
		return error;
	room = min_t(u32, ranges->capacity, sizeof(state->page) / sizeof(*found));
	ranges->count = pagewalk_ram_ranges(found, room);
	there = min(room, ranges->count);
	if (copy_to_user(u64_to_user_ptr(ranges->buffer), found, there * sizeof(*found)))
		return -EFAULT;
	return give(argument, ranges, sizeof(*ranges));
}

long pagewalk_ioctl(struct file *file, unsigned int command, unsigned long argument)
{
	struct pagewalk_file *state = file->private_data;
	void __user *to = (void __user *)argument;
	union request request;
	long answer;

	/* By number: the size in the command is that of the caller's structure, which may be of another age. */
	if (_IOC_TYPE(command) != 'p' || _IOC_DIR(command) != (_IOC_READ | _IOC_WRITE))
		return -ENOTTY;
	if (mutex_lock_interruptible(&state->lock))
		return -ERESTARTSYS;
	switch (_IOC_NR(command)) {
	case _IOC_NR(PAGEWALK_GET_INFO):
		answer = get_info(to, &request.info);
		break;
	case _IOC_NR(PAGEWALK_GET_ROOT):
		answer = get_root(state, to, &request.root);
		break;
	case _IOC_NR(PAGEWALK_WALK):
		answer = walk(state, to);
		break;
	case _IOC_NR(PAGEWALK_READ):
		answer = read_virtual(state, to, &request.read);
		break;
	case _IOC_NR(PAGEWALK_READ_MEMORY):
		answer = read_memory(state, to, &request.memory);
		break;
	case _IOC_NR(PAGEWALK_GET_RANGES):
		answer = get_ranges(state, to, &request.ranges);
		break;
	default:
		answer = -ENOTTY;
	}
	mutex_unlock(&state->lock);
	return answer;
}
