/* The agent's code as an executable file in memory: a header, and one page that is mapped at a fixed place. */
#define _GNU_SOURCE
#include "slot.h"

#include <elf.h>
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U
#endif

#if KERNEL_AGENT_SUPPORTED
#if __SIZEOF_POINTER__ == 8
typedef Elf64_Ehdr header_t;
typedef Elf64_Phdr segment_t;
#define CLASS ELFCLASS64
#else
typedef Elf32_Ehdr header_t;
typedef Elf32_Phdr segment_t;
#define CLASS ELFCLASS32
#endif

#if defined __x86_64__
#define MACHINE EM_X86_64
#define FLAGS 0
#elif defined __i386__
#define MACHINE EM_386
#define FLAGS 0
#elif defined __arm__
#define MACHINE EM_ARM
#define FLAGS EF_ARM_EABI_VER5
#else
#define MACHINE EM_AARCH64
#define FLAGS 0
#endif

static int failed(struct kernel_agent_failure *failure, uint32_t stage, uint64_t number) {
  failure->stage = stage;
  failure->error = errno;
  failure->number = number;
  return -1;
}

int kernel_agent_executable(struct kernel_agent_failure *failure) {
  size_t bytes = (size_t)(__stop_agent_text - __start_agent_text);
  errno = 0;
  if (sysconf(_SC_PAGESIZE) != KERNEL_AGENT_PAGE_BYTES)
    return failed(failure, KERNEL_AGENT_STAGE_PAGE_SIZE, (uint64_t)sysconf(_SC_PAGESIZE));
  if (bytes > KERNEL_AGENT_TEXT_BYTES) return failed(failure, KERNEL_AGENT_STAGE_TEXT_SIZE, bytes);

  char file[2 * KERNEL_AGENT_PAGE_BYTES];
  memset(file, 0, sizeof file);
  header_t *header = (header_t *)file;
  memcpy(header->e_ident, ELFMAG, SELFMAG);
  header->e_ident[EI_CLASS] = CLASS;
  header->e_ident[EI_DATA] = ELFDATA2LSB;
  header->e_ident[EI_VERSION] = EV_CURRENT;
  header->e_type = ET_EXEC;
  header->e_machine = MACHINE;
  header->e_version = EV_CURRENT;
  header->e_flags = FLAGS;
  header->e_entry = KERNEL_AGENT_TEXT + ((uintptr_t)kernel_agent_entry - (uintptr_t)__start_agent_text);
  header->e_phoff = sizeof *header;
  header->e_ehsize = sizeof *header;
  header->e_phentsize = sizeof(segment_t);
  header->e_phnum = 2;
  segment_t *segments = (segment_t *)(file + sizeof *header);
  segments[0].p_type = PT_LOAD;
  segments[0].p_offset = KERNEL_AGENT_PAGE_BYTES;
  segments[0].p_vaddr = segments[0].p_paddr = KERNEL_AGENT_TEXT;
  segments[0].p_filesz = segments[0].p_memsz = KERNEL_AGENT_TEXT_BYTES;
  segments[0].p_flags = PF_R | PF_X;
  segments[0].p_align = KERNEL_AGENT_PAGE_BYTES;
  /* without this, i386 kernels make all readable memory executable */
  segments[1].p_type = PT_GNU_STACK;
  segments[1].p_flags = PF_R | PF_W;
  memcpy(file + KERNEL_AGENT_PAGE_BYTES, __start_agent_text, bytes);

  int fd = memfd_create("agent", MFD_CLOEXEC | MFD_EXEC);
  if (fd < 0 && errno == EINVAL) fd = memfd_create("agent", MFD_CLOEXEC); /* before 6.3 */
  if (fd < 0) return failed(failure, KERNEL_AGENT_STAGE_MEMFD, 0);
  if (write(fd, file, sizeof file) != (ssize_t)sizeof file) {
    failed(failure, KERNEL_AGENT_STAGE_FILE, 0);
    close(fd);
    return -1;
  }
  return fd;
}

#else

int kernel_agent_executable(struct kernel_agent_failure *failure) {
  failure->stage = KERNEL_AGENT_STAGE_ARCHITECTURE;
  failure->error = 0;
  failure->number = 0;
  return -1;
}

#endif
