/* SPDX-License-Identifier: MIT OR GPL-2.0 */
/*
 * The contract between the walk (Swift) and the driver (C): what each offers, and the formats as tables.
 *
 * A format is data: the tables are written when the module is built, by a program made from the same
 * sources as the walk (kmod/generate), so that the kernel holds constants and runs no code to make them.
 */
#ifndef PAGEWALK_WALKER_H
#define PAGEWALK_WALKER_H

#include "../include/pagewalk.h"

/* 32-bit x86's kernel passes arguments in registers; Swift passes them as C's standard has it. */
#if defined(__i386__) && !defined(__clang__)
#define PAGEWALK_CALL __attribute__((regparm(0)))
#else
#define PAGEWALK_CALL
#endif

/* Swift checks a pointer that may be null before its use, and a failed check would be an oops. */
#ifdef __clang__
#pragma clang assume_nonnull begin
#define PAGEWALK_NULLABLE _Nullable
#else
#define PAGEWALK_NULLABLE
#endif

/* Bits of an entry that are bits of an address. */
struct pagewalk_run {
	__u8 low_bit;
	__u8 bit_count;
	__u8 address_low_bit;
};

/* What an entry means if entry & mask == match (EntryRule). */
struct pagewalk_rule {
	__u64 mask;
	__u64 match;
	__u64 reserved;
	const char *name;
	struct pagewalk_run runs[3];
	__u8 kind;
	__u8 size_bits;
	__u8 access_table;
	__u8 field_table;
};

struct pagewalk_level {
	const char *name;
	const char *architecture_name;
	const char *folded_names;
	const struct pagewalk_rule *rules;
	/* Linux's own entries: software_offset bytes from the hardware's, one for software_group bytes of them. */
	const struct pagewalk_rule *PAGEWALK_NULLABLE software;
	__s32 software_offset;
	__u8 software_group;
	__u8 rule_count;
	__u8 shift;
	__u8 index_bits;
	__u8 entry_size_bits;
};

struct pagewalk_region {
	__u64 first;
	__u64 last;
	__u8 root;
	__u8 first_depth;
	__u8 first_index_bits;
};

struct pagewalk_access_rule {
	__u64 mask;
	__u64 match;
	__u8 denies;
};

struct pagewalk_access_table {
	const struct pagewalk_access_rule *rules;
	__u8 rule_count;
};

struct pagewalk_field {
	const char *name;
	__u8 low_bit;
	__u8 bit_count;
};

struct pagewalk_field_table {
	const struct pagewalk_field *fields;
	__u8 field_count;
};

/* A right that the combined rights of a walk take away (AccessImplication). */
struct pagewalk_implication {
	__u8 when;
	__u8 denies;
};

/* What Linux means by an entry that the hardware calls absent (NotPresentTable.Rule). */
struct pagewalk_absent_rule {
	__u64 mask;
	__u64 match;
	__u64 offset_bits;
	__u8 kind;
	__u8 type_low_bit;
	__u8 type_bit_count;
	__u8 first_type;
	__u8 last_type;
	__u8 offset_low_bit;
	__u8 offset_bit_count;
	__u8 offset_is_inverted;
};

/* Kernels from a release on; newest first. */
struct pagewalk_era {
	const char *name;
	const struct pagewalk_absent_rule *rules;
	__u8 rule_count;
	__u8 major;
	__u8 minor;
};

struct pagewalk_format {
	const char *name;
	const struct pagewalk_level *levels;
	const struct pagewalk_region *regions;
	const struct pagewalk_access_table *access_tables;
	const struct pagewalk_field_table *field_tables;
	const struct pagewalk_implication *implications;
	const struct pagewalk_era *eras;
	__u8 level_count;
	__u8 region_count;
	__u8 access_table_count;
	__u8 field_table_count;
	__u8 implication_count;
	__u8 era_count;
	__u8 page_size_bits;
	__u8 address_bits;
	/* How many bits of an address choose entries or bytes, both halves together. */
	__u8 virtual_bits;
};

#define PAGEWALK_MAX_ABSENT_RULES 12

/* How many values of a swap entry's type are not swap areas (SpecialSwapTypes, include/linux/swap.h). */
struct pagewalk_swap_types {
	__u8 hardware_poison;
	__u8 migration;
	__u8 device;
	__u8 marker;
	__u8 swap_in_error;
};

/* The format of this kernel: chosen, and made ready, when the module is loaded. */
struct pagewalk_kernel {
	const struct pagewalk_format *format;
	__u64 encryption_mask;
	/* The root of the upper half, where the halves have roots of their own (arm64); else 0. */
	__u64 upper_root;
	__u32 absent_rule_count;
	struct pagewalk_absent_rule absent_rules[PAGEWALK_MAX_ABSENT_RULES];
};

/* Text that is being written; what does not fit is dropped. */
struct pagewalk_text {
	char *bytes;
	__u32 capacity;
	__u32 count;
};

/* How the walk is told in words. */
struct pagewalk_telling {
	const char *command;
	__u8 hides_addresses;
};

/*
 * Offered by the driver: one entry of a table, of 4 or 8 bytes. 0, or a negative error: ENXIO where there
 * is no RAM, EIO where it cannot be read.
 */
__s32 PAGEWALK_CALL pagewalk_read_entry(__u64 physical, __u32 count, __u64 *entry);

/* Offered by the walk. None of them sleeps, allocates or traps. */

/* Fills kernel->absent_rules for a release and a configuration. */
void PAGEWALK_CALL pagewalk_choose_era(struct pagewalk_kernel *kernel, __u8 major, __u8 minor,
				       const struct pagewalk_swap_types *types);
/* "PID HEX": 0 or -EINVAL. PID 0 is the kernel. */
__s32 PAGEWALK_CALL pagewalk_parse(const char *text, __u32 length, __s32 *pid, __u64 *address);
/* Walks walk->address from walk->root, and fills what the walk tells (not the value). */
void PAGEWALK_CALL pagewalk_translate(const struct pagewalk_kernel *kernel, struct pagewalk_walk *walk,
				      struct pagewalk_step *steps);
/* Tells a walk in words, line by line. */
void PAGEWALK_CALL pagewalk_describe(const struct pagewalk_kernel *kernel, const struct pagewalk_walk *walk,
				     const struct pagewalk_step *steps, const struct pagewalk_telling *telling,
				     struct pagewalk_text *text);

#ifdef __KERNEL__
/* Written by kmod/generate; which there are depends on the architecture. */
extern const struct pagewalk_format *const pagewalk_formats[];
extern const unsigned int pagewalk_format_count;
#endif

#ifdef __clang__
#pragma clang assume_nonnull end
#endif

#endif
