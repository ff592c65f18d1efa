// Shared by the reference loops.
#ifndef PAGEWALK_REFERENCE_WALK_H
#define PAGEWALK_REFERENCE_WALK_H

#include "reference.h"

enum { PRESENT = 1, LARGE = 0x80, ENTRIES = 512, TABLE_BYTES = 4096 };

static const uint64_t ADDRESS = 0x000ffffffffff000;
static const uint64_t ACCESSED_DIRTY = 0x60;

/// The table at `address`, or NULL if it is not wholly in memory.
static inline const uint64_t *table_at(reference_memory memory, uint64_t address) {
  if (address > memory.byte_count - TABLE_BYTES) return NULL;
  return (const uint64_t *)(memory.base + address);
}

static inline uint64_t canonical(uint64_t address) {
  return (uint64_t)((int64_t)(address << 16) >> 16);
}

#endif
