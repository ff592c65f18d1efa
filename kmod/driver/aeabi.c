// SPDX-License-Identifier: MIT OR GPL-2.0
/*
 * The C library under the names that LLVM calls it by on ARM (Run-time ABI for the Arm Architecture, 4.3.4).
 * The numbers in the names promise alignment. memset's arguments stand in another order than C's.
 */
#include <linux/string.h>
#include <linux/types.h>

#define COPY(name)                                                                  \
	void name(void *to, const void *from, size_t count);                       \
	void name(void *to, const void *from, size_t count) { memcpy(to, from, count); }
#define MOVE(name)                                                                  \
	void name(void *to, const void *from, size_t count);                       \
	void name(void *to, const void *from, size_t count) { memmove(to, from, count); }
#define SET(name)                                                                   \
	void name(void *to, size_t count, int value);                              \
	void name(void *to, size_t count, int value) { memset(to, value, count); }
#define CLEAR(name)                                                                 \
	void name(void *to, size_t count);                                         \
	void name(void *to, size_t count) { memset(to, 0, count); }

COPY(__aeabi_memcpy)
COPY(__aeabi_memcpy4)
COPY(__aeabi_memcpy8)
MOVE(__aeabi_memmove)
MOVE(__aeabi_memmove4)
MOVE(__aeabi_memmove8)
SET(__aeabi_memset)
SET(__aeabi_memset4)
SET(__aeabi_memset8)
CLEAR(__aeabi_memclr)
CLEAR(__aeabi_memclr4)
CLEAR(__aeabi_memclr8)
