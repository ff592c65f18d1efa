#define _GNU_SOURCE
#include <malloc.h>
#include "reference.h"

#include <sys/mman.h>
#include <unistd.h>

int reference_memory_file(uint64_t byte_count) {
  int descriptor = memfd_create("pagewalk-benchmark", MFD_CLOEXEC);
  if (descriptor < 0) return -1;
  if (ftruncate(descriptor, (off_t)byte_count) == 0) return descriptor;
  close(descriptor);
  return -1;
}

void reference_trim(void) { malloc_trim(0); }
