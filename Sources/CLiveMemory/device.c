#include "CLiveMemory.h"

#include <errno.h>
#include <pagewalk.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

int pagewalk_device_facts(int device, struct pagewalk_device_facts *facts) {
  struct pagewalk_info info;
  memset(&info, 0, sizeof info);
  info.size = sizeof info;
  info.version = PAGEWALK_VERSION;
  if (ioctl(device, PAGEWALK_GET_INFO, &info)) return -1;
  facts->linear_offset = info.page_offset - info.phys_offset;
  facts->kernel_root = info.flags & PAGEWALK_INFO_KERNEL_ROOT ? info.kernel_root : 0;
  facts->page_size = info.page_size;
  return 0;
}

long pagewalk_device_ranges(int device, uint64_t *ends, uint32_t capacity) {
  struct pagewalk_range *found = calloc(capacity ? capacity : 1, sizeof *found);
  if (!found) return -1;
  struct pagewalk_ranges request;
  memset(&request, 0, sizeof request);
  request.size = sizeof request;
  request.version = PAGEWALK_VERSION;
  request.buffer = (uint64_t)(uintptr_t)found;
  request.capacity = capacity;
  long count = ioctl(device, PAGEWALK_GET_RANGES, &request) ? -1 : (long)request.count;
  for (long i = 0; i < count && i < (long)capacity; i++) {
    ends[2 * i] = found[i].start;
    ends[2 * i + 1] = found[i].end - 1;
  }
  int error = errno;
  free(found);
  errno = error;
  return count;
}

int pagewalk_device_read(int device, uint64_t physical, void *buffer, uint32_t count) {
  struct pagewalk_memory request;
  memset(&request, 0, sizeof request);
  request.size = sizeof request;
  request.version = PAGEWALK_VERSION;
  request.physical = physical;
  request.buffer = (uint64_t)(uintptr_t)buffer;
  request.length = count;
  return ioctl(device, PAGEWALK_READ_MEMORY, &request);
}
