/* The module comes and goes. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "check.h"

static int load(const char *path, const char *parameters)
{
	int file = open(path, O_RDONLY | O_CLOEXEC);
	int error;

	if (file < 0)
		give_up(path);
	error = syscall(SYS_finit_module, file, parameters, 0) ? errno : 0;
	close(file);
	return error;
}

static int unload(void)
{
	return syscall(SYS_delete_module, "pagewalk", O_NONBLOCK) ? errno : 0;
}

void test_module(const char *path)
{
	struct stat node = { 0 };
	int error = load(path, "");

	check(!error, "the module loads", "%s", strerror(error));
	if (error)
		give_up("module");
	error = stat(DEVICE, &node) ? errno : 0;
	check(!error && S_ISCHR(node.st_mode) && (node.st_mode & 0777) == 0600 && node.st_uid == 0,
	      "the device is root's alone", "%s, mode %o", strerror(error), node.st_mode);
}

void test_unloading(const char *path)
{
	int device = open_device();
	int error, i;

	error = unload();
	check(error == EAGAIN, "an open device keeps the module loaded", "%s", strerror(error));
	close(device);
	error = unload();
	check(!error, "a closed one lets it go", "%s", strerror(error));
	check(access(DEVICE, F_OK) && errno == ENOENT, "and the device goes with it", "still there");
	for (i = 0; i < 20 && !error; i++)
		error = load(path, "log=0") ?: unload();
	check(!error, "it can be loaded and unloaded twenty times", "the %dth time: %s", i, strerror(error));
}
