#define _GNU_SOURCE
#include "CLiveMemory.h"

#include <linux/bpf.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static int bpf(int command, union bpf_attr *attributes) {
  return (int)syscall(SYS_bpf, command, attributes, sizeof *attributes);
}

int pagewalk_bpf_create_map(uint32_t value_bytes) {
  // Before Linux 5.11 maps count as locked memory, of which little is allowed; failure shows below.
  const struct rlimit unlimited = {RLIM_INFINITY, RLIM_INFINITY};
  setrlimit(RLIMIT_MEMLOCK, &unlimited);
  union bpf_attr a;
  memset(&a, 0, sizeof a);
  a.map_type = BPF_MAP_TYPE_ARRAY;
  a.key_size = 4;
  a.value_size = value_bytes;
  a.max_entries = 1;
  a.map_flags = BPF_F_MMAPABLE;
  return bpf(BPF_MAP_CREATE, &a);
}

int pagewalk_bpf_load(uint32_t type, uint32_t flags, const uint64_t *instructions, uint32_t count, char *log,
                      uint32_t log_bytes) {
  union bpf_attr a;
  memset(&a, 0, sizeof a);
  a.prog_type = type;
  a.insn_cnt = count;
  a.insns = (uint64_t)(uintptr_t)instructions;
  // Reading the kernel's memory is for programs under the kernel's licence: it is what the verifier asks for.
  a.license = (uint64_t)(uintptr_t)"GPL";
  a.prog_flags = flags;
  if (log && log_bytes) {
    log[0] = 0;
    a.log_level = 1;
    a.log_size = log_bytes;
    a.log_buf = (uint64_t)(uintptr_t)log;
  }
  return bpf(BPF_PROG_LOAD, &a);
}

int pagewalk_bpf_run(int program) {
  union bpf_attr a;
  memset(&a, 0, sizeof a);
  a.test.prog_fd = (uint32_t)program;
  return bpf(BPF_PROG_TEST_RUN, &a);
}
