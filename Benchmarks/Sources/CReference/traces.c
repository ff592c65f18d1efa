#include <string.h>

#include "reference.h"

static inline void count(reference_trace_tally *tally, uint64_t address, uint64_t bytes, int kind) {
  tally->counts[kind]++;
  tally->sum += address ^ bytes << 56;
}

/// What `sscanf` would be asked for, written out: a digit after the other.
reference_trace_tally reference_lackey(const uint8_t *text, size_t size) {
  reference_trace_tally tally = {0};
  const uint8_t *p = text, *end = text + size;
  while (p < end) {
    if (*p == '=' || *p == '-' || *p == '*' || *p == '\n') {
      while (p < end && *p++ != '\n') {}
      continue;
    }
    while (p < end && *p == ' ') p++;
    uint8_t letter = p < end ? *p++ : 0;
    while (p < end && *p == ' ') p++;
    uint64_t address = 0, bytes = 0;
    for (; p < end; p++) {
      uint8_t c = *p;
      if (c >= '0' && c <= '9') address = address << 4 | (c - '0');
      else if (c >= 'a' && c <= 'f') address = address << 4 | (c - 'a' + 10);
      else break;
    }
    if (p == end || *p++ != ',') return tally;
    for (; p < end && *p >= '0' && *p <= '9'; p++) bytes = bytes * 10 + (*p - '0');
    if (p == end || *p++ != '\n') return tally;
    switch (letter) {
      case 'I': count(&tally, address, bytes, 0); break;
      case 'L': count(&tally, address, bytes, 1); break;
      case 'S': count(&tally, address, bytes, 2); break;
      case 'M':
        count(&tally, address, bytes, 1);
        count(&tally, address, bytes, 2);
        break;
      default: return tally;
    }
  }
  return tally;
}

struct instruction {
  uint64_t address;
  uint8_t flags[2], registers[6];
  uint64_t writes[2], reads[4];
};

reference_trace_tally reference_champsim(const uint8_t *bytes, size_t size) {
  reference_trace_tally tally = {0};
  for (size_t offset = 0; offset + sizeof(struct instruction) <= size; offset += sizeof(struct instruction)) {
    struct instruction instruction;
    memcpy(&instruction, bytes + offset, sizeof instruction);
    if ((instruction.flags[0] | instruction.flags[1]) > 1) return tally;
    count(&tally, instruction.address, 1, 0);
    for (int i = 0; i < 4; i++)
      if (instruction.reads[i]) count(&tally, instruction.reads[i], 1, 1);
    for (int i = 0; i < 2; i++)
      if (instruction.writes[i]) count(&tally, instruction.writes[i], 1, 2);
  }
  return tally;
}

static inline uint64_t word(const uint8_t *bytes, size_t count) {
  uint64_t value = 0;
  memcpy(&value, bytes, count);
  return value;
}

/// The layout is described in Sources/KernelLab/Replay/CompactLayout.swift; here it is taken as sound.
reference_trace_tally reference_compact(const uint8_t *bytes, size_t size) {
  reference_trace_tally tally = {0};
  size_t offset = 16;
  while (offset + 8 <= size) {
    size_t records = word(bytes + offset, 4), delta_bytes = word(bytes + offset + 4, 4);
    if (!records) break;
    const uint8_t *controls = bytes + offset + 8, *deltas = controls + 2 * records;
    uint64_t ends[4] = {0};
    for (size_t i = 0; i < records; i++) {
      uint64_t control = word(controls + 2 * i, 2);
      unsigned kind = control & 3, code = control >> 2 & 7;
      size_t length = code + (code == 7);
      uint64_t raw;
      // The end block is longer than a word, so that the last delta may be read as one.
      memcpy(&raw, deltas, 8);
      raw &= length ? UINT64_MAX >> (64 - 8 * length) : 0;
      deltas += length;
      uint64_t address = ends[kind] + (raw >> 1 ^ -(raw & 1));
      ends[kind] = address + (control >> 5);
      count(&tally, address, control >> 5, kind);
    }
    offset += 8 + 2 * records + delta_bytes;
  }
  return tally;
}
