// System calls that Swift's Glibc does not have, or whose structures it cannot build: bpf(2), ioctl(2).
#ifndef PAGEWALK_CLIVEMEMORY_H
#define PAGEWALK_CLIVEMEMORY_H

#include <stddef.h>
#include <stdint.h>

/// Makes a map of one element that can be mapped into memory; its file, or -1 with errno.
int pagewalk_bpf_create_map(uint32_t value_bytes);

/// Loads a program of `count` instructions; its file, or -1 with errno. With a log, what the verifier says is
/// written there, NUL-terminated.
int pagewalk_bpf_load(uint32_t type, uint32_t flags, const uint64_t *instructions, uint32_t count, char *log,
                      uint32_t log_bytes);

/// Runs a program once, in this thread; 0, or -1 with errno.
int pagewalk_bpf_run(int program);

/// What `/dev/pagewalk` tells of the kernel.
struct pagewalk_device_facts {
  /// Virtual minus physical address of the linear map.
  uint64_t linear_offset;
  uint64_t kernel_root;
  uint32_t page_size;
};

/// 0, or -1 with errno.
int pagewalk_device_facts(int device, struct pagewalk_device_facts *facts);

/// Writes first and last address of up to `capacity` ranges of RAM; how many there are, or -1 with errno.
long pagewalk_device_ranges(int device, uint64_t *ends, uint32_t capacity);

/// Reads physical memory of one page; 0, or -1 with errno.
int pagewalk_device_read(int device, uint64_t physical, void *buffer, uint32_t count);

#endif
