/* SPDX-License-Identifier: MIT OR (GPL-2.0 WITH Linux-syscall-note) */
/*
 * /dev/pagewalk for programs: the ioctls and their structures.
 *
 * The same header serves the module, C programs and Swift (module map beside it). All numbers are in the
 * byte order of the machine, all addresses and sizes in bytes, and no structure has hidden padding, so
 * that a 32-bit program and a 64-bit kernel understand each other.
 *
 * Every structure begins with its size and the version of this contract, both set by the caller. A newer
 * kernel with a longer structure fills what the caller has room for; an older kernel refuses a longer
 * structure whose tail is not zero (E2BIG). Fields called "flags" or "reserved" must be zero on the way
 * in: EINVAL otherwise.
 *
 * Errors of all ioctls: EINVAL (a field is wrong), EPROTO (another version), E2BIG, EFAULT (a pointer of
 * the caller's), ENOTTY (no such ioctl), EINTR (killed while waiting for the process's memory map).
 */
#ifndef PAGEWALK_H
#define PAGEWALK_H

#if defined(__KERNEL__) || defined(__linux__)
#include <linux/types.h>
#include <linux/ioctl.h>
#else
/* The walk itself, which is compiled without an operating system. */
#include <stdint.h>
typedef uint8_t __u8;
typedef uint32_t __u32;
typedef int32_t __s32;
typedef uint64_t __u64;
#endif

/* The version of this contract. */
#define PAGEWALK_VERSION 1

/* No format has more levels. */
#define PAGEWALK_MAX_STEPS 6

/* pagewalk_info.flags */
enum {
	/* kernel_root is known. */
	PAGEWALK_INFO_KERNEL_ROOT = 1,
	/* User mode runs on tables of its own (page-table isolation); see pagewalk_root.user_root. */
	PAGEWALK_INFO_USER_ROOTS = 2,
	/* The linear map reaches only up to linear_end: what lies above is high memory. */
	PAGEWALK_INFO_HIGH_MEMORY = 4,
};

/* What a reader must know of this kernel to walk by itself. */
struct pagewalk_info {
	__u32 size;
	__u32 version;
	__u64 flags;
	/* The paging format by pagewalk's name ("x86-64", "arm-lpae"), terminated by zero. */
	char format[32];
	/* The kernel's release, as uname -r has it; it tells how entries that are not present read. */
	char release[64];
	__u32 page_size;
	/* Levels of a user address's walk. */
	__u32 levels;
	/* Physical address of the kernel's own top table, swapper_pg_dir; on arm64 where TTBR1_EL1 points. */
	__u64 kernel_root;
	/* Bits of an entry's address that are a flag (AMD's memory encryption). */
	__u64 encryption_mask;
	/* The linear map: page_offset maps phys_offset, and so on up to linear_end (exclusive). */
	__u64 page_offset;
	__u64 phys_offset;
	__u64 linear_end;
	/* User addresses are below. */
	__u64 task_size;
	/* How many bits of an address the tables translate, both halves together. */
	__u32 virtual_bits;
	__u32 reserved32;
	__u64 reserved[3];
};

/*
 * The tables of a process. ESRCH: no such process in the opener's PID namespace, a kernel thread, or a
 * process that has given up its memory. ENODATA: pid 0 where the kernel's own table is not known.
 */
struct pagewalk_root {
	__u32 size;
	__u32 version;
	/* In: the process, or 0 for the kernel. */
	__s32 pid;
	__u32 flags;
	/* Out: physical addresses. user_root is 0 where user mode runs on root. */
	__u64 root;
	__u64 user_root;
	char command[16];
	__u64 reserved[2];
};

/* pagewalk_step.meaning */
enum {
	PAGEWALK_TABLE = 1,	/* next is the next level's table */
	PAGEWALK_LEAF = 2,	/* next is the first byte of the page */
	PAGEWALK_ABSENT = 3,	/* the hardware stops here */
	PAGEWALK_INVALID = 4,	/* an encoding that the architecture reserves */
	PAGEWALK_UNREADABLE = 5,	/* the entry could not be read; entry is 0 */
};

/* pagewalk_step.flags */
enum {
	/* Linux keeps an entry of its own beside the hardware's: linux_entry_address, linux_entry. */
	PAGEWALK_STEP_LINUX_ENTRY = 1,
};

/* Rights, in pagewalk_step.access and pagewalk_walk.access. */
enum {
	PAGEWALK_KERNEL_READ = 1,
	PAGEWALK_KERNEL_WRITE = 2,
	PAGEWALK_KERNEL_EXECUTE = 4,
	PAGEWALK_USER_READ = 8,
	PAGEWALK_USER_WRITE = 16,
	PAGEWALK_USER_EXECUTE = 32,
};

/* One level of a walk. Addresses are physical. */
struct pagewalk_step {
	__u64 table;
	__u64 entry_address;
	__u64 entry;
	__u64 next;
	__u64 linux_entry_address;
	__u64 linux_entry;
	/* The entry's number in its table. */
	__u32 index;
	/* The level, counted from the format's top. */
	__u8 depth;
	__u8 meaning;
	/* A leaf maps 1 << page_shift bytes. */
	__u8 page_shift;
	/* What this entry allows by itself. */
	__u8 access;
	__u32 flags;
	/* Linux's name of the level, terminated by zero: "pgd". */
	char name[8];
	__u32 reserved;
};

/* pagewalk_walk.outcome */
enum {
	PAGEWALK_MAPPED = 1,
	PAGEWALK_NOT_PRESENT = 2,	/* state says what Linux means by the last entry */
	PAGEWALK_NON_CANONICAL = 3,
	PAGEWALK_INVALID_ENTRY = 4,
	PAGEWALK_RESERVED_BITS = 5,	/* state_offset has the bits that must be zero */
	PAGEWALK_TABLE_UNREADABLE = 6,
};

/* pagewalk_walk.state, where outcome is PAGEWALK_NOT_PRESENT */
enum {
	PAGEWALK_STATE_NONE = 0,	/* empty */
	PAGEWALK_STATE_SWAP = 1,	/* in swap area state_type, slot state_offset */
	PAGEWALK_STATE_MIGRATION = 2,	/* being moved; state_offset is the frame number */
	PAGEWALK_STATE_PROTECTION_NONE = 3,	/* PROT_NONE or NUMA hint: frame state_offset is there */
	PAGEWALK_STATE_OLD = 4,		/* frame state_offset is there, the hardware is to ask first */
	PAGEWALK_STATE_GUARD = 5,
	PAGEWALK_STATE_POISON = 6,
	PAGEWALK_STATE_DEVICE = 7,
	PAGEWALK_STATE_MARKER = 8,
	PAGEWALK_STATE_UNKNOWN = 9,
};

/*
 * One translation. An address that is not mapped is an answer here (the ioctl succeeds), not an error.
 * ESRCH, ENODATA as for the root.
 */
struct pagewalk_walk {
	__u32 size;
	__u32 version;
	/* In: the process (0: the kernel's own table) and the address, which arm64's comes back from without its tag. */
	__s32 pid;
	__u32 flags;
	__u64 address;
	/* Out: where the walk began. On arm64 the kernel's half of every process has the kernel's root. */
	__u64 root;
	__u32 outcome;
	__u32 state;
	__u64 state_type;
	__u64 state_offset;
	/*
	 * Where it is mapped: the physical address, the page's size as 1 << page_shift, the rights. physical
	 * is set, too, where Linux keeps the page but the hardware stops (states OLD and PROTECTION_NONE).
	 */
	__u64 physical;
	__u32 page_shift;
	__u32 access;
	/* The machine word there, cut off at the page's end to value_size bytes; 0: not read. */
	__u64 value;
	__u32 value_size;
	__u32 step_count;
	/* What the walk took, without the locks: by the cycle counter (0 where there is none), by the clock. */
	__u64 cycles;
	__u64 nanoseconds;
	struct pagewalk_step steps[PAGEWALK_MAX_STEPS];
};

/*
 * Bytes of a process's memory through its tables, without faulting anything in: those of one page at
 * most. ENXIO: not mapped, or not memory. EIO: the frame is known to be broken. EAGAIN: the mapping changed
 * again and again.
 */
struct pagewalk_read {
	__u32 size;
	__u32 version;
	__s32 pid;
	__u32 flags;
	__u64 address;
	/* In: where to, and how many; up to the end of the page are copied. */
	__u64 buffer;
	__u32 length;
	/* Out: how many were copied, and where they lie. */
	__u32 copied;
	__u64 physical;
};

/*
 * Bytes of physical memory, for whoever walks by himself: of one page, and RAM only. ENXIO: no RAM
 * there. EIO: the frame is known to be broken, or cannot be read.
 */
struct pagewalk_memory {
	__u32 size;
	__u32 version;
	__u64 physical;
	__u64 buffer;
	/* Up to page_size, and not beyond the end of the page. */
	__u32 length;
	__u32 flags;
};

struct pagewalk_range {
	__u64 start;
	/* Exclusive. */
	__u64 end;
};

/* The ranges of RAM, in ascending order. */
struct pagewalk_ranges {
	__u32 size;
	__u32 version;
	/* In: room for `capacity` ranges. */
	__u64 buffer;
	__u32 capacity;
	/* Out: how many there are, be there room for them or not. */
	__u32 count;
};

#if defined(__KERNEL__) || defined(__linux__)
/* Constants of an enumeration and not macros: Swift sees only these. */
enum {
	PAGEWALK_GET_INFO = _IOWR('p', 0xd0, struct pagewalk_info),
	PAGEWALK_GET_ROOT = _IOWR('p', 0xd1, struct pagewalk_root),
	PAGEWALK_WALK = _IOWR('p', 0xd2, struct pagewalk_walk),
	PAGEWALK_READ = _IOWR('p', 0xd3, struct pagewalk_read),
	PAGEWALK_READ_MEMORY = _IOWR('p', 0xd4, struct pagewalk_memory),
	PAGEWALK_GET_RANGES = _IOWR('p', 0xd5, struct pagewalk_ranges),
};
#endif

#endif
