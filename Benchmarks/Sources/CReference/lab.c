#include <stdlib.h>
#include <string.h>

#include "reference.h"

enum { ENTRIES = 1024, WAYS = 4, SETS = ENTRIES / WAYS };

struct translation {
  uint64_t page, physical;
  uint16_t tag;
  uint8_t size_bits, rights;
};

struct reference_buffer {
  struct translation entries[ENTRIES];
  uint8_t turns[SETS];
  uint64_t accesses, hits, misses;
};

reference_buffer *reference_make_buffer(void) { return calloc(1, sizeof(reference_buffer)); }

static uint64_t slow(reference_buffer *buffer, reference_memory memory, uint64_t root, uint64_t address) {
  buffer->misses++;
  uint64_t physical = reference_translate(memory, root, address);
  uint64_t page = address >> 12, set = page % SETS;
  uint8_t way = buffer->turns[set];
  buffer->turns[set] = (way + 1) % WAYS;
  buffer->entries[set * WAYS + way] =
      (struct translation){page, physical & ~0xfffull, .tag = 1, .size_bits = 12, .rights = 7};
  return physical;
}

uint64_t reference_access_each(
    reference_buffer *buffer, reference_memory memory, uint64_t root, const uint64_t *addresses,
    size_t count) {
  uint64_t sum = 0;
  for (size_t i = 0; i < count; i++) {
    uint64_t address = addresses[i], page = address >> 12;
    buffer->accesses++;
    struct translation *set = &buffer->entries[page % SETS * WAYS];
    uint64_t physical = UINT64_MAX;
    for (int way = 0; way < WAYS; way++) {
      if (set[way].page == page && set[way].size_bits == 12 && set[way].tag == 1 && (set[way].rights & 1)) {
        buffer->hits++;
        physical = set[way].physical | (address & 0xfff);
        break;
      }
    }
    sum += physical != UINT64_MAX ? physical : slow(buffer, memory, root, address);
  }
  return sum;
}

struct frame {
  int32_t references, maps;
  uint32_t next, flags;
};

struct reference_pages {
  uint64_t *entries, *copies;
  struct frame *frames;
  uint32_t free;
  size_t count;
};

reference_pages *reference_make_pages(size_t count) {
  reference_pages *pages = malloc(sizeof *pages);
  pages->entries = calloc(count, 8);
  pages->copies = calloc(count, 8);
  pages->frames = calloc(count + 1, sizeof(struct frame));
  for (size_t i = 1; i <= count; i++) pages->frames[i].next = i < count ? (uint32_t)i + 1 : 0;
  pages->free = 1;
  pages->count = count;
  return pages;
}

uint64_t reference_fault_each(reference_pages *pages) {
  uint64_t count = 0;
  for (size_t i = 0; i < pages->count; i++) {
    uint32_t frame = pages->free;
    pages->free = pages->frames[frame].next;
    pages->frames[frame].references = pages->frames[frame].maps = 1;
    pages->entries[i] = (uint64_t)frame << 12 | 0x67;
    count++;
  }
  return count;
}

void reference_unmap_each(reference_pages *pages) {
  for (size_t i = pages->count; i-- > 0;) {
    uint32_t frame = (uint32_t)(pages->entries[i] >> 12);
    pages->entries[i] = 0;
    pages->frames[frame].maps--;
    if (--pages->frames[frame].references == 0) {
      pages->frames[frame].next = pages->free;
      pages->free = frame;
    }
  }
}

uint64_t reference_fork(reference_pages *pages) {
  uint64_t count = 0;
  for (size_t i = 0; i < pages->count; i++) {
    uint64_t entry = pages->entries[i];
    if (!(entry & 1)) continue;
    struct frame *frame = &pages->frames[entry >> 12];
    frame->references++;
    frame->maps++;
    frame->flags &= ~1u;
    if (entry & 2) pages->entries[i] = entry &= ~2ull;
    pages->copies[i] = entry & ~0x20ull;
    count++;
  }
  return count;
}

void reference_exit(reference_pages *pages) {
  for (size_t i = 0; i < pages->count; i++) {
    struct frame *frame = &pages->frames[pages->copies[i] >> 12];
    pages->copies[i] = 0;
    frame->maps--;
    frame->references--;
  }
}
