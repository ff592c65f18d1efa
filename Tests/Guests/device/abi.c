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

/* A user's address with something in its top byte. */
static void test_tag(void)
{
#if __SIZEOF_POINTER__ == 8
	static unsigned long tagged = 0x7a66ed;
	const uint64_t plain = (uintptr_t)&tagged, address = plain | 0x5aULL << 56;
	struct pagewalk_walk result;
	int error = walk(device, getpid(), address, &result);
#ifdef __aarch64__
	struct pagewalk_read read = { .size = sizeof(read), .version = PAGEWALK_VERSION, .pid = getpid(),
				      .address = address, .length = sizeof(tagged) };
	unsigned long copy = 0;

	check(!error && result.outcome == PAGEWALK_MAPPED && result.address == plain && result.value == tagged,
	      "a tag is ignored, as the processor does", "%s, outcome %u, address %llx", strerror(error),
	      result.outcome, (unsigned long long)result.address);
	read.buffer = (uintptr_t)&copy;
	error = ioctl(device, PAGEWALK_READ, &read) ? errno : 0;
	check(!error && copy == tagged, "by a tagged address memory is read, too", "%s, %lx", strerror(error), copy);
#else
	check(!error && result.outcome == PAGEWALK_NON_CANONICAL, "no tag is taken from an address", "%s, outcome %u",
	      strerror(error), result.outcome);
#endif
#endif
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
	/* Users have all of a half, or nearly all; of 32 bits the larger part. */
	check(info.virtual_bits >= 32 && info.virtual_bits < 64 && info.task_size <= 1ULL << info.virtual_bits &&
		      info.task_size > 1ULL << (info.virtual_bits - 2),
	      "so many bits of an address are translated", "%u, users have %llx", info.virtual_bits,
	      (unsigned long long)info.task_size);
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
	/* In most formats it is part of the process's tables; arm64's processors have a register for it. */
	walk(device, getpid(), info.page_offset + root.root - info.phys_offset, &result);
	check(result.outcome == PAGEWALK_MAPPED && result.physical == root.root,
	      "a process has the kernel's half, too", "outcome %u, physical %llx", result.outcome,
	      (unsigned long long)result.physical);
	walk(device, 0, (uintptr_t)&device, &result);
	check(result.outcome == PAGEWALK_NOT_PRESENT && result.state == PAGEWALK_STATE_NONE && !result.value_size,
	      "and the kernel's table nothing of a process", "outcome %u, state %u", result.outcome, result.state);
	test_tag();
	close(device);
}
