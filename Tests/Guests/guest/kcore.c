/* kcore: what /proc/kcore of a running kernel begins with, and some of the kernel's code through it.
 *
 *   kcore HEADERS FIRST LAST   writes the file's headers and notes to HEADERS. For some physical addresses between FIRST
 *                              and LAST (hexadecimal), and each segment that has them:
 *                              SAMPLE physical=HEX offset=HEX bytes=HEX
 */
#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#if __SIZEOF_POINTER__ == 8
typedef Elf64_Ehdr Head;
typedef Elf64_Phdr Segment;
#else
typedef Elf32_Ehdr Head;
typedef Elf32_Phdr Segment;
#endif

static void get(int fd, void *to, size_t count, unsigned long long offset)
{
	if (pread(fd, to, count, offset) != (ssize_t)count) {
		perror("/proc/kcore");
		exit(1);
	}
}

int main(int argc, char **argv)
{
	Head head;
	int fd = open("/proc/kcore", O_RDONLY), out;
	size_t end;
	if (argc != 4 || fd < 0) {
		perror("/proc/kcore");
		return 2;
	}
	get(fd, &head, sizeof head, 0);
	Segment *segments = calloc(head.e_phnum, sizeof *segments);
	get(fd, segments, head.e_phnum * sizeof *segments, head.e_phoff);
	end = head.e_phoff + head.e_phnum * sizeof *segments;
	for (int i = 0; i < head.e_phnum; i++)
		if (segments[i].p_type == PT_NOTE && segments[i].p_offset + segments[i].p_filesz > end)
			end = segments[i].p_offset + segments[i].p_filesz;
	char *all = malloc(end);
	get(fd, all, end, 0);
	out = open(argv[1], O_WRONLY | O_CREAT | O_TRUNC, 0644);
	if (out < 0 || write(out, all, end) != (ssize_t)end)
		return 2;
	unsigned long long first = strtoull(argv[2], 0, 16), last = strtoull(argv[3], 0, 16);
	unsigned long long step = ((last - first) / 24) & ~15ULL;
	for (unsigned long long at = (first + 4095) & ~4095ULL; step && at + 16 <= last; at += step)
		for (int i = 0; i < head.e_phnum; i++) {
			Segment *s = &segments[i];
			unsigned char bytes[16];
			if (s->p_type != PT_LOAD || at < s->p_paddr || at - s->p_paddr + 16 > s->p_memsz)
				continue;
			get(fd, bytes, 16, s->p_offset + (at - s->p_paddr));
			printf("SAMPLE physical=%llx offset=%llx bytes=", at,
			       (unsigned long long)(s->p_offset + (at - s->p_paddr)));
			for (int k = 0; k < 16; k++)
				printf("%02x", bytes[k]);
			printf("\n");
		}
	return 0;
}
