// SPDX-License-Identifier: MIT OR GPL-2.0
/* The device as text: a request is written, the answer goes to the log and to whoever reads. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/capability.h>
#include <linux/module.h>
#include <linux/security.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "driver/driver.h"

/* Longer than any number of a process and any address, with room for blanks. */
#define REQUEST_SIZE 64

static int open_device(struct inode *inode, struct file *file)
{
	struct pagewalk_file *state;
	int error;

	if (!capable(CAP_SYS_ADMIN))
		return -EPERM;
	/* Whoever may not read /proc/kcore may not read memory here. */
	error = security_locked_down(LOCKDOWN_KCORE);
	if (error)
		return error;
	state = kvzalloc(sizeof(*state), GFP_KERNEL);
	if (!state)
		return -ENOMEM;
	mutex_init(&state->lock);
	state->names = get_pid_ns(task_active_pid_ns(current));
	file->private_data = state;
	return 0;
}

static int close_device(struct inode *inode, struct file *file)
{
	struct pagewalk_file *state = file->private_data;

	if (state->is_told)
		pr_info("device closed\n");
	put_pid_ns(state->names);
	kvfree(state);
	return 0;
}

/* Writes what the walk found into the file's text. */
static void describe(struct pagewalk_file *state, const char *command, bool hides_addresses)
{
	struct pagewalk_telling telling = { .command = command, .hides_addresses = hides_addresses };
	struct pagewalk_text text = { .bytes = state->text, .capacity = sizeof(state->text) };

	pagewalk_describe(&pagewalk_this_kernel, &state->walk, state->walk.steps, &telling, &text);
	state->text_length = text.count;
}

static void log_text(const struct pagewalk_file *state)
{
	u32 start, end;

	for (start = 0; start < state->text_length; start = end + 1) {
		for (end = start; end < state->text_length && state->text[end] != '\n'; end++)
			;
		pr_info("%.*s\n", (int)(end - start), state->text + start);
	}
}

/* The answer to "PID ADDRESS": 0, or why there is none. */
static int walk_process(struct pagewalk_file *state, pid_t number, u64 address)
{
	struct pagewalk_walk *walk = &state->walk;
	struct pagewalk_space space;
	unsigned long value = 0;
	size_t size = sizeof(value);
	int error;

	error = pagewalk_open_space(&space, number, state->names);
	if (error)
		return error;
	address = pagewalk_without_tag(address);
	*walk = (struct pagewalk_walk){ .pid = number, .address = address };
	/* A word that would reach into the next page is read as far as the page goes. */
	size = min_t(size_t, size, PAGE_SIZE - (address & ~PAGE_MASK));
	if (!pagewalk_look_up_and_copy(&space, walk, &state->scratch, &value, size)) {
		walk->value = value;
		walk->value_size = size;
	}
	pagewalk_close_space(&space);
	if (pagewalk_log_level() == PAGEWALK_LOG_WITHOUT_ADDRESSES) {
		describe(state, space.command, true);
		log_text(state);
	}
	describe(state, space.command, false);
	if (pagewalk_log_level() == PAGEWALK_LOG_ALL)
		log_text(state);
	return walk->outcome == PAGEWALK_MAPPED ? 0 : -EFAULT;
}

static ssize_t write_device(struct file *file, const char __user *from, size_t count, loff_t *offset)
{
	struct pagewalk_file *state = file->private_data;
	char request[REQUEST_SIZE];
	u64 address;
	pid_t number;
	int error;

	if (count > sizeof(request))
		return -EMSGSIZE;
	if (copy_from_user(request, from, count))
		return -EFAULT;
	error = pagewalk_parse(request, count, &number, &address);
	if (error)
		return error;
	if (mutex_lock_interruptible(&state->lock))
		return -ERESTARTSYS;
	if (!state->is_told && pagewalk_log_level() != PAGEWALK_LOG_NOTHING) {
		pr_info("device opened\n");
		state->is_told = true;
	}
	state->text_length = 0;
	error = walk_process(state, number, address);
	/* Who reads next reads this answer, from its beginning. */
	*offset = 0;
	mutex_unlock(&state->lock);
	return error ? error : count;
}

static ssize_t read_device(struct file *file, char __user *to, size_t count, loff_t *offset)
{
	struct pagewalk_file *state = file->private_data;
	ssize_t length;

	if (mutex_lock_interruptible(&state->lock))
		return -ERESTARTSYS;
	length = simple_read_from_buffer(to, count, offset, state->text, state->text_length);
	mutex_unlock(&state->lock);
	return length;
}

const struct file_operations pagewalk_operations = {
	.owner = THIS_MODULE,
	.open = open_device,
	.release = close_device,
	.read = read_device,
	.write = write_device,
	.unlocked_ioctl = pagewalk_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.llseek = default_llseek,
};
