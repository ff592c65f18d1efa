#include "walk.h"

enum { BATCH = 64 };

/// The entry at `address`, or 0 if it is not in memory.
static inline uint64_t entry_at(reference_memory memory, uint64_t address) {
  if (address > memory.byte_count - 8) return 0;
  return *(const uint64_t *)(memory.base + address);
}

static inline bool is_canonical(uint64_t address) { return canonical(address) == address; }

static inline uint64_t entry_address(uint64_t table, uint64_t address, int shift) {
  return table + ((address >> shift) & 511) * 8;
}

static inline uint64_t leaf(uint64_t entry, uint64_t address, int shift) {
  uint64_t offset = (1ull << shift) - 1;
  return (entry & ADDRESS & ~offset) | (address & offset);
}

static inline uint64_t translate(reference_memory memory, uint64_t root, uint64_t address) {
  if (!is_canonical(address)) return UINT64_MAX;
  uint64_t entry = entry_at(memory, entry_address(root, address, 39));
  if (!(entry & PRESENT)) return UINT64_MAX;
  entry = entry_at(memory, entry_address(entry & ADDRESS, address, 30));
  if (!(entry & PRESENT)) return UINT64_MAX;
  if (entry & LARGE) return leaf(entry, address, 30);
  entry = entry_at(memory, entry_address(entry & ADDRESS, address, 21));
  if (!(entry & PRESENT)) return UINT64_MAX;
  if (entry & LARGE) return leaf(entry, address, 21);
  entry = entry_at(memory, entry_address(entry & ADDRESS, address, 12));
  if (!(entry & PRESENT)) return UINT64_MAX;
  return leaf(entry, address, 12);
}

uint64_t reference_translate(reference_memory memory, uint64_t root, uint64_t address) {
  return translate(memory, root, address);
}

uint64_t reference_translate_each(
    reference_memory memory, uint64_t root, const uint64_t *addresses, size_t count) {
  uint64_t sum = 0;
  for (size_t i = 0; i < count; i++) sum += translate(memory, root, addresses[i]);
  return sum;
}

/// Takes a walk to its last entry: true, and where that lies; or false, and the answer.
static inline bool approach(reference_memory memory, uint64_t root, uint64_t address, uint64_t *found) {
  *found = UINT64_MAX;
  if (!is_canonical(address)) return false;
  uint64_t table = root;
#pragma clang loop unroll(full)
  for (int shift = 39; shift > 12; shift -= 9) {
    uint64_t entry = entry_at(memory, entry_address(table, address, shift));
    if (!(entry & PRESENT)) return false;
    if (shift < 39 && (entry & LARGE)) {
      *found = leaf(entry, address, shift);
      return false;
    }
    table = entry & ADDRESS;
  }
  *found = entry_address(table, address, 12);
  return true;
}

uint64_t reference_translate_batch(
    reference_memory memory, uint64_t root, const uint64_t *addresses, size_t count) {
  uint64_t sum = 0;
  for (size_t start = 0; start < count; start += BATCH) {
    int n = count - start < BATCH ? (int)(count - start) : BATCH;
    uint64_t places[BATCH], answers[BATCH];
    for (int i = 0; i < n; i++) {
      uint64_t found;
      bool waits = approach(memory, root, addresses[start + i], &found);
      places[i] = waits ? found : UINT64_MAX;
      answers[i] = found;
      if (waits && found <= memory.byte_count - 8) reference_prefetch(memory.base + found);
    }
    for (int i = 0; i < n; i++) {
      if (places[i] == UINT64_MAX) continue;
      uint64_t entry = entry_at(memory, places[i]);
      answers[i] = entry & PRESENT ? leaf(entry, addresses[start + i], 12) : UINT64_MAX;
    }
    for (int i = 0; i < n; i++) sum += answers[i];
  }
  return sum;
}

bool reference_find_leaf(reference_memory memory, uint64_t root, uint64_t address, reference_leaf *found) {
  uint64_t table = root;
  for (int shift = 39; shift >= 12; shift -= 9) {
    uint64_t at = entry_address(table, address, shift);
    uint64_t entry = entry_at(memory, at);
    if (!(entry & PRESENT)) return false;
    if (shift == 12 || (entry & LARGE)) {
      *found = (reference_leaf){at, address, (1ull << shift) - 1};
      return true;
    }
    table = entry & ADDRESS;
  }
  return false;
}

uint64_t reference_read_leaves(reference_memory memory, const reference_leaf *leaves, size_t count) {
  uint64_t sum = 0;
  for (size_t i = 0; i < count; i++) {
    if (i + BATCH < count) reference_prefetch(memory.base + leaves[i + BATCH].entry_address);
    uint64_t entry = entry_at(memory, leaves[i].entry_address), offset = leaves[i].offset_mask;
    sum += (entry & ADDRESS & ~offset) | (leaves[i].address & offset);
  }
  return sum;
}

uint64_t reference_stream(reference_memory memory, const uint64_t *pages, size_t count) {
  uint64_t sum = 0;
  for (size_t i = 0; i < count; i++) {
    const uint64_t *table = table_at(memory, pages[i]);
    if (!table) continue;
    for (int word = 0; word < ENTRIES; word++) sum += table[word];
  }
  return sum;
}
