/* /init of a guest that tests /dev/pagewalk: `device MODULE`. What it prints is read by device.py. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"

int main(int argc, char **argv)
{
	if (argc < 2)
		return 2;
	page_size = sysconf(_SC_PAGESIZE);
	test_module(argv[1]);
	test_requests();
	test_abi();
	test_memory();
	test_pages();
	test_access();
	test_log();
	measure();
	test_stress();
	test_unloading(argv[1]);
	printf("%d failed\n", failures());
	fflush(stdout);
	return failures() != 0;
}
