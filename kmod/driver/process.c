// SPDX-License-Identifier: MIT OR GPL-2.0
/* Address spaces: whose tables they are, and that they stay. */
#include <linux/mm.h>
#include <linux/sched/mm.h>
#include <linux/sched/task.h>
#include <linux/string.h>

#include "driver/driver.h"

static struct task_struct *find_task(pid_t number, struct pid_namespace *names)
{
	struct task_struct *task;

	rcu_read_lock();
	task = pid_task(find_pid_ns(number, names), PIDTYPE_PID);
	if (task)
		get_task_struct(task);
	rcu_read_unlock();
	return task;
}

int pagewalk_open_space(struct pagewalk_space *space, pid_t number, struct pid_namespace *names)
{
	struct task_struct *task;
	int error;

	*space = (struct pagewalk_space){};
	if (number < 0)
		return -EINVAL;
	if (!number) {
		strscpy(space->command, "kernel", sizeof(space->command));
		space->root = pagewalk_kernel_root();
		return space->root ? 0 : -ENODATA;
	}
	task = find_task(number, names);
	if (!task)
		return -ESRCH;
	get_task_comm(space->command, task);
	/* Kernel threads have no memory of their own, and who exits has given it up. */
	space->mm = get_task_mm(task);
	put_task_struct(task);
	if (!space->mm)
		return -ESRCH;
	/*
	 * For writing: munmap() frees page tables with the lock held for reading only. Nothing below may touch
	 * the caller's memory, which may be this very memory.
	 */
	error = mmap_write_lock_killable(space->mm);
	if (error) {
		mmput(space->mm);
		return error;
	}
	space->root = __pa(space->mm->pgd);
	return 0;
}

void pagewalk_close_space(struct pagewalk_space *space)
{
	if (!space->mm)
		return;
	mmap_write_unlock(space->mm);
	/* May be the last reference, if the process has exited meanwhile: sleeps. */
	mmput(space->mm);
	space->mm = NULL;
}
