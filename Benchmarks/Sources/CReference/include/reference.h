// Page-table walks as one would write them by hand for x86-64 with 4 levels: the yardstick.
#ifndef PAGEWALK_REFERENCE_H
#define PAGEWALK_REFERENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Physical memory in one piece, from physical address 0.
typedef struct {
  const uint8_t *base;
  uint64_t byte_count;
} reference_memory;

/// Leaves, and the sum of the addresses that they hold.
typedef struct {
  uint64_t count;
  uint64_t sum;
} reference_tally;

/// A maximal run of leaves: contiguous in both spaces, of one size and the same flags.
typedef struct {
  uint64_t first;
  uint64_t last;
  uint64_t physical;
  uint64_t flags;
} reference_range;

/// Every leaf under `root`; one bounds check a table, no prefetch.
reference_tally reference_enumerate(reference_memory memory, uint64_t root);

/// Whether this processor has what ``reference_enumerate_avx512`` needs.
bool reference_has_avx512(void);

/// The same with AVX-512 on last-level tables, the next table prefetched while one is summed.
reference_tally reference_enumerate_avx512(reference_memory memory, uint64_t root);

/// The same leaves as merged runs; gives how many there are, and a checksum of them.
reference_tally reference_merge(reference_memory memory, uint64_t root);

/// The physical address of `address`, or `UINT64_MAX`.
uint64_t reference_translate(reference_memory memory, uint64_t root, uint64_t address);

/// One after the other; gives the sum of the answers.
uint64_t reference_translate_each(
    reference_memory memory, uint64_t root, const uint64_t *addresses, size_t count);

/// 64 walks at a time: all to their last entry, which is asked for, then over these; gives the sum of the answers.
uint64_t reference_translate_batch(
    reference_memory memory, uint64_t root, const uint64_t *addresses, size_t count);

/// The same with AVX-512: eight walks in a register, their entries gathered.
uint64_t reference_translate_batch_avx512(
    reference_memory memory, uint64_t root, const uint64_t *addresses, size_t count);

/// Where the leaf of an address lies.
typedef struct {
  uint64_t entry_address;
  uint64_t address;
  uint64_t offset_mask;
} reference_leaf;

/// Finds the leaf of a mapped address.
bool reference_find_leaf(reference_memory memory, uint64_t root, uint64_t address, reference_leaf *found);

/// Reads nothing but leaves whose places are known, 64 asked for beforehand; gives the sum of the answers. No
/// walk can be faster than this: it is what the machine's memory gives.
uint64_t reference_read_leaves(reference_memory memory, const reference_leaf *leaves, size_t count);

/// The sum of the words of the pages at `pages`: what the machine can stream.
uint64_t reference_stream(reference_memory memory, const uint64_t *pages, size_t count);

/// A sparse file of zeros that lives in memory, or -1.
int reference_memory_file(uint64_t byte_count);

/// Swift has no word for it.
static inline void reference_prefetch(const void *address) { __builtin_prefetch(address, 0, 3); }

/// The records of a trace: how many fetches, reads and writes, and a checksum of their addresses and sizes.
typedef struct {
  uint64_t counts[4];
  uint64_t sum;
} reference_trace_tally;

/// Lackey's text, ChampSim's records and the compact form, in memory, taken as sound.
reference_trace_tally reference_lackey(const uint8_t *text, size_t size);
reference_trace_tally reference_champsim(const uint8_t *bytes, size_t size);
reference_trace_tally reference_compact(const uint8_t *bytes, size_t size);

/// A set-associative buffer of 1024 translations in sets of 4, with counters; never freed.
typedef struct reference_buffer reference_buffer;
reference_buffer *reference_make_buffer(void);

/// Translates each address through the buffer, and walks where it has none; gives the sum of the answers.
uint64_t reference_access_each(
    reference_buffer *buffer, reference_memory memory, uint64_t root, const uint64_t *addresses,
    size_t count);

/// An array of page entries, a descriptor for each frame, and a list of free frames; never freed.
typedef struct reference_pages reference_pages;
reference_pages *reference_make_pages(size_t count);

/// A frame for each entry; gives how many. And back.
uint64_t reference_fault_each(reference_pages *pages);
void reference_unmap_each(reference_pages *pages);

/// A copy of all entries, read-only in both, each frame counted; gives how many. And what ends it.
uint64_t reference_fork(reference_pages *pages);
void reference_exit(reference_pages *pages);

/// Gives freed memory back to the system, so that what is allocated next is seen as such.
void reference_trim(void);

#endif
