/* Requests as text, right and wrong ones. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static volatile unsigned long known = 0x8055;

struct wrong_request {
	const char *text;
	int error;
};

static const struct wrong_request wrong_requests[] = {
	{ "\n", EINVAL },
	{ "abc", EINVAL },
	{ "1", EINVAL },
	{ "1 ", EINVAL },
	{ "1 zz", EINVAL },
	{ "1 0x", EINVAL },
	{ "1 10 20", EINVAL },
	{ "-1 10", EINVAL },
	{ "0x1 10", EINVAL },
	{ "99999999999 10", EINVAL },
	{ "18446744073709551617 10", EINVAL },
	{ "1 10000000000000000", EINVAL },
	{ "1\t10\t!", EINVAL },
	/* No process has the highest number; the second one is a kernel thread. */
	{ "2147483647 10", ESRCH },
	{ "2 10", ESRCH },
	/* Every process has a hole at the bottom. */
	{ "1 10", EFAULT },
	{ "1 0x10\n", EFAULT },
	{ "  1   00010  ", EFAULT },
	{ "1 fffffffffffffff0", EFAULT },
	{ "1 8000000000000000", EFAULT },
	{ "1 000000000000000000000000000000000000000000000000000000000000010", EMSGSIZE },
};

void test_requests(void)
{
	int device = open_device();
	struct pagewalk_walk result;
	char text[8192], wanted[128];
	const void *volatile nowhere = (void *)16;
	ssize_t length;
	size_t i;
	int error;

	for (i = 0; i < sizeof(wrong_requests) / sizeof(*wrong_requests); i++) {
		error = request(device, wrong_requests[i].text);
		check(error == wrong_requests[i].error, "a wrong request has its error", "'%s': %s",
		      wrong_requests[i].text, strerror(error));
	}
	check(write(device, "", 0) < 0 && errno == EINVAL, "an empty request is none", "%s", strerror(errno));
	check(write(device, nowhere, 8) < 0 && errno == EFAULT, "a bad pointer is refused", "%s", strerror(errno));

	request(device, "1 10");
	length = read(device, text, sizeof(text) - 1);
	text[length > 0 ? length : 0] = 0;
	check(length > 0 && strstr(text, "process 1 (") && strstr(text, "not mapped: nothing there\n"),
	      "what is not mapped is told, too", "%s", text);

	snprintf(text, sizeof(text), "%d %lx\n", getpid(), (unsigned long)&known);
	error = request(device, text);
	check(!error, "a mapped address is answered", "%s", strerror(error));
	length = read(device, text, sizeof(text) - 1);
	text[length > 0 ? length : 0] = 0;
	walk(device, getpid(), (uintptr_t)&known, &result);
	snprintf(wanted, sizeof(wanted), "\nphysical %" PRIx64 "\nvalue 8055 (bytes 55 80 00 00", (uint64_t)result.physical);
	check(length > 0 && strstr(text, wanted), "the text says where, and what is there", "%s", text);
	check(read(device, text, sizeof(text)) == 0, "the answer has an end", "more");
	check(lseek(device, 0, SEEK_SET) == 0 && read(device, text, sizeof(text)) == length,
	      "it can be read again", "%s", strerror(errno));
	close(device);

	device = open_device();
	check(read(device, text, sizeof(text)) == 0, "each open file has its own answer", "another's");
	close(device);
}
