// SPDX-License-Identifier: MIT OR GPL-2.0
/* This kernel's paging: its format, its era, its own top table. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/highmem.h>
#include <linux/kasan.h>
#include <linux/mm.h>
#include <linux/swap.h>
#include <linux/utsname.h>
#include <linux/version.h>
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 9, 0)
#include <linux/vmcore_info.h>
#define HAS_VMCOREINFO IS_ENABLED(CONFIG_VMCORE_INFO)
#else
#include <linux/crash_core.h>
#define HAS_VMCOREINFO IS_ENABLED(CONFIG_CRASH_CORE)
#endif

#ifdef CONFIG_ARM64
#include <asm/sysreg.h>
#endif

#include "driver/driver.h"

struct pagewalk_kernel pagewalk_this_kernel;

/* Both names are there in some kernels only. */
#ifndef SWP_SWAPIN_ERROR_NUM
#define SWP_SWAPIN_ERROR_NUM 0
#endif
#ifndef SWP_PTE_MARKER_NUM
#define SWP_PTE_MARKER_NUM 0
#endif

/* The catalogue's name of this kernel's format, and how many bits of an address it translates; 0 if the name says it. */
static const char *format_name(unsigned int *bits)
{
	*bits = 0;
#if defined(CONFIG_X86_64)
	return pgtable_l5_enabled() ? "x86-64-la57" : "x86-64";
#elif defined(CONFIG_X86_32)
	return IS_ENABLED(CONFIG_X86_PAE) ? "x86-pae" : "x86";
#elif defined(CONFIG_ARM)
	return IS_ENABLED(CONFIG_ARM_LPAE) ? "arm-lpae" : "arm";
#elif defined(CONFIG_ARM64)
	/*
	 * As the processor was told (TCR_EL1: T1SZ in bits 21:16, DS in bit 59), because a kernel built for 52 bits
	 * runs with fewer where the processor has no more.
	 */
	u64 control = read_sysreg(tcr_el1);
	bool is_lpa2 = control & BIT_ULL(59);

	*bits = 64 - ((control >> 16) & 63);
	switch (PAGE_SHIFT) {
	case 12:
		return is_lpa2 ? "aarch64-4k-lpa2" : "aarch64-4k";
	case 14:
		return is_lpa2 ? "aarch64-16k-lpa2" : "aarch64-16k";
	default:
		return IS_ENABLED(CONFIG_ARM64_PA_BITS_52) ? "aarch64-64k-lpa" : "aarch64-64k";
	}
#else
#error "pagewalk: no format is known for this architecture"
#endif
}

int pagewalk_find_kernel(void)
{
	static const struct pagewalk_swap_types types = {
		.hardware_poison = SWP_HWPOISON_NUM,
		.migration = SWP_MIGRATION_NUM,
		.device = SWP_DEVICE_NUM,
		.marker = SWP_PTE_MARKER_NUM,
		.swap_in_error = SWP_SWAPIN_ERROR_NUM,
	};
	struct pagewalk_kernel *kernel = &pagewalk_this_kernel;
	unsigned int i, bits;
	const char *name = format_name(&bits);

	for (i = 0; i < pagewalk_format_count; i++)
		if (!strcmp(pagewalk_formats[i]->name, name) && (!bits || pagewalk_formats[i]->virtual_bits == bits))
			kernel->format = pagewalk_formats[i];
	if (!kernel->format) {
		pr_err("the format %s (%u bits) was not built in\n", name, bits);
		return -ENODEV;
	}
#ifdef CONFIG_ARM64
	kernel->upper_root = pagewalk_kernel_root();
#endif
#ifdef CONFIG_X86_64
	/* Bits that memory encryption took from the address. */
	kernel->encryption_mask = GENMASK_ULL(51, 12) & ~(u64)__PHYSICAL_MASK;
#endif
	pagewalk_choose_era(kernel, LINUX_VERSION_CODE >> 16, (LINUX_VERSION_CODE >> 8) & 0xff, &types);
	return 0;
}

/*
 * swapper_pg_dir is not exported, but the kernel tells crash dump tools where it is, and where it tells
 * them is: a note of lines NAME=VALUE (kernel/crash_core.c, since 6.9 kernel/vmcore_info.c).
 */
u64 pagewalk_kernel_root(void)
{
#if defined(CONFIG_ARM64)
	/*
	 * The register that the processor walks by (TTBR1_EL1), which a kernel built for 52 bits sets to a place within
	 * its table where the processor has fewer. Address bits 51:48 are in its bits 5:2; the others there are flags.
	 */
	u64 base = read_sysreg(ttbr1_el1);
	u64 high = IS_ENABLED(CONFIG_ARM64_PA_BITS_52) ? (base & GENMASK_ULL(5, 2)) << 46 : 0;

	return (base & GENMASK_ULL(47, 6)) | high;
#elif HAS_VMCOREINFO
	static const char name[] = "SYMBOL(swapper_pg_dir)=";
	u64 note = paddr_vmcoreinfo_note();
	size_t size = PAGE_SIZE - offset_in_page(note);
	unsigned long address = 0;
	char *text, *line = NULL;
	size_t at;

	text = kzalloc(PAGE_SIZE + 1, GFP_KERNEL);
	if (!text)
		return 0;
	if (!pagewalk_copy_physical(note, text, size)) {
		/* The note's head holds zeros, which end a search. */
		for (at = 0; at < size && !line; at += strlen(text + at) + 1)
			line = strstr(text + at, name);
		if (line)
			address = simple_strtoul(line + strlen(name), NULL, 16);
	}
	kfree(text);
	return address ? __pa(address) : 0;
#else
	return 0;
#endif
}

u64 pagewalk_user_root(u64 root)
{
#ifdef CONFIG_X86
	/* The user's table is the second page of an allocation of two (arch/x86/include/asm/pgtable.h). */
	if (boot_cpu_has(X86_FEATURE_PTI))
		return root + PAGE_SIZE;
#endif
	return 0;
}

u64 pagewalk_without_tag(u64 address)
{
#ifdef CONFIG_ARM64
	/* The processor ignores the top byte of users' addresses, and of the kernel's where it is configured to tag them. */
	address = untagged_addr(address);
	if (address & BIT_ULL(55))
		address = (uintptr_t)kasan_reset_tag((void *)(uintptr_t)address);
#endif
	return address;
}

void pagewalk_fill_info(struct pagewalk_info *info)
{
	const struct pagewalk_kernel *kernel = &pagewalk_this_kernel;

	strscpy(info->format, kernel->format->name, sizeof(info->format));
	strscpy(info->release, init_utsname()->release, sizeof(info->release));
	info->page_size = PAGE_SIZE;
	info->levels = kernel->format->level_count;
	info->virtual_bits = kernel->format->virtual_bits;
	info->kernel_root = pagewalk_kernel_root();
	info->encryption_mask = kernel->encryption_mask;
	info->page_offset = PAGE_OFFSET;
	info->phys_offset = __pa(PAGE_OFFSET);
	info->linear_end = (unsigned long)high_memory;
	/* What the kernel was built for, or what the processor has. */
	info->task_size = min_t(u64, TASK_SIZE_MAX, kernel->format->regions[0].last + 1);
	info->flags = 0;
	if (info->kernel_root)
		info->flags |= PAGEWALK_INFO_KERNEL_ROOT;
	if (pagewalk_user_root(PAGE_SIZE))
		info->flags |= PAGEWALK_INFO_USER_ROOTS;
	if (IS_ENABLED(CONFIG_HIGHMEM))
		info->flags |= PAGEWALK_INFO_HIGH_MEMORY;
}
