// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * The C library as LLVM calls it on 32-bit x86: arguments on the stack. The kernel's own functions take them in
 * registers (-mregparm=3); build-walker gives the walk's calls these names.
 */
#include <linux/linkage.h>
#include <linux/string.h>

asmlinkage void *pagewalk_memcpy(void *to, const void *from, size_t count);
asmlinkage void *pagewalk_memmove(void *to, const void *from, size_t count);
asmlinkage void *pagewalk_memset(void *to, int value, size_t count);

asmlinkage void *pagewalk_memcpy(void *to, const void *from, size_t count)
{
	return memcpy(to, from, count);
}

asmlinkage void *pagewalk_memmove(void *to, const void *from, size_t count)
{
	return memmove(to, from, count);
}

asmlinkage void *pagewalk_memset(void *to, int value, size_t count)
{
	return memset(to, value, count);
}
