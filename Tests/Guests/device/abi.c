/* The ioctls: what they refuse, and how they grow. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "check.h"

static int device;

/* One ioctl on a walk with some fields changed: 0 or errno. */
static int walk_with(uint32_t size, uint32_t version, uint32_t flags, unsigned char tail)
{
	unsigned char bytes[sizeof(struct pagewalk_walk) + 64] = { 0 };
	struct pagewalk_walk *walk = (struct pagewalk_walk *)bytes;

	walk->size = size;
	walk->version = version;
	walk->flags = flags;
	walk->pid = getpid();
	walk->address = (uintptr_t)&device;
	bytes[sizeof(struct pagewalk_walk)] = tail;
	return ioctl(device, PAGEWALK_WALK, walk) ? errno : 0;
}

static void refuses(int error, int wanted, const char *name)
{
	check(error == wanted, name, "%s", strerror(error));
}

void test_abi(void)
{
	const uint32_t size = sizeof(struct pagewalk_walk);
	struct pagewalk_info info = { .size = sizeof(info), .version = PAGEWALK_VERSION };
	struct pagewalk_root root = { .size = sizeof(root), .version = PAGEWALK_VERSION };
	struct pagewalk_walk result;
	struct utsname kernel;

	device = open_device();
	refuses(walk_with(size, PAGEWALK_VERSION, 0, 0), 0, "a walk of this version is done");
	refuses(walk_with(size, PAGEWALK_VERSION + 1, 0, 0), EPROTO, "another version is refused");
	refuses(walk_with(size, PAGEWALK_VERSION, 1, 0), EINVAL, "a flag that is not defined is refused");
	refuses(walk_with(4, PAGEWALK_VERSION, 0, 0), EINVAL, "a structure without a head is refused");
	refuses(walk_with(size + 64, PAGEWALK_VERSION, 0, 0), 0, "a longer structure is taken if its tail is zero");
	refuses(walk_with(size + 64, PAGEWALK_VERSION, 0, 1), E2BIG, "and refused if not");
	refuses(walk_with(1 << 30, PAGEWALK_VERSION, 0, 0), E2BIG, "an absurd size is refused");
	refuses(walk_with(64, PAGEWALK_VERSION, 0, 0), 0, "a shorter structure is filled as far as it goes");
	refuses(ioctl(device, PAGEWALK_WALK, NULL) ? errno : 0, EFAULT, "no structure is refused");
	refuses(ioctl(device, _IOWR('p', 0xdf, struct pagewalk_walk), &result) ? errno : 0, ENOTTY,
		"an unknown number is refused");
	refuses(ioctl(device, _IOR('p', 0xd2, struct pagewalk_walk), &result) ? errno : 0, ENOTTY,
		"an unknown direction is refused");
	refuses(walk(device, 2, 0x1000, &result), ESRCH, "a kernel thread has no tables");
	refuses(walk(device, -1, 0x1000, &result), EINVAL, "no process has a negative number");

	refuses(ioctl(device, PAGEWALK_GET_INFO, &info) ? errno : 0, 0, "the kernel is described");
	uname(&kernel);
	check(info.page_size == page_size && !strcmp(info.release, kernel.release) && info.levels >= 2,
	      "the description is this kernel's", "page size %u, release %s", info.page_size, info.release);
	check((info.flags & PAGEWALK_INFO_KERNEL_ROOT) && info.kernel_root, "the kernel's own table is known",
	      "flags %llx", (unsigned long long)info.flags);
	printf("kernel: %s, %s, %u levels, linear map %llx-%llx\n", info.release, info.format, info.levels,
	       (unsigned long long)info.page_offset, (unsigned long long)info.linear_end);

	root.pid = getpid();
	refuses(ioctl(device, PAGEWALK_GET_ROOT, &root) ? errno : 0, 0, "a process's root is told");
	walk(device, getpid(), (uintptr_t)&device, &result);
	check(root.root && root.root == result.root, "it is where its walks begin", "%llx, not %llx",
	      (unsigned long long)root.root, (unsigned long long)result.root);
	check(!strcmp(root.command, "device"), "so is its name", "%s", root.command);

	/* The linear map maps the kernel's own table. */
	root.pid = 0;
	if (ioctl(device, PAGEWALK_GET_ROOT, &root))
		root.root = 0;
	refuses(walk(device, 0, info.page_offset + root.root - info.phys_offset, &result), 0,
		"the kernel's table is walked");
	check(root.root == info.kernel_root && result.outcome == PAGEWALK_MAPPED && result.physical == root.root,
	      "and maps itself where the linear map has it", "outcome %u, physical %llx, root %llx", result.outcome,
	      (unsigned long long)result.physical, (unsigned long long)root.root);
	close(device);
}
