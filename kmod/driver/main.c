// SPDX-License-Identifier: MIT OR GPL-2.0
/* The module: its parameter, its device, its coming and going. */
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

#include <linux/miscdevice.h>
#include <linux/module.h>

#include "driver/driver.h"

/*
 * The log may have more readers than the device. Where the kernel was configured to keep it from ordinary
 * users, it is told everything; elsewhere what they must not know is left out, and the device still tells
 * whoever reads it.
 */
static unsigned int log = IS_ENABLED(CONFIG_SECURITY_DMESG_RESTRICT) ? PAGEWALK_LOG_ALL :
								       PAGEWALK_LOG_WITHOUT_ADDRESSES;
module_param(log, uint, 0644);
MODULE_PARM_DESC(log, "what the kernel's log is told of a walk: 0 nothing, 1 all but addresses, entries and "
		      "values, 2 everything (default: 2 if the log is restricted by CONFIG_SECURITY_DMESG_RESTRICT, "
		      "else 1)");

enum pagewalk_log pagewalk_log_level(void)
{
	return min_t(unsigned int, READ_ONCE(log), PAGEWALK_LOG_ALL);
}

static struct miscdevice device = {
	.minor = MISC_DYNAMIC_MINOR,
	.name = "pagewalk",
	.mode = 0600,
	.fops = &pagewalk_operations,
};

static int __init start(void)
{
	int error = pagewalk_find_kernel();

	return error ? error : misc_register(&device);
}

static void __exit stop(void)
{
	misc_deregister(&device);
}

module_init(start);
module_exit(stop);

MODULE_DESCRIPTION("Walks page tables and tells every level: /dev/pagewalk");
MODULE_AUTHOR("The authors of pagewalk");
MODULE_LICENSE("Dual MIT/GPL");
MODULE_VERSION("1.0");
