#include "walk.h"

/// What a run hands over: here it is counted, as a list would be built.
typedef struct {
  reference_range pending;
  bool has_pending;
  reference_tally tally;
} merger;

static const uint64_t FLAGS = ~(0x000ffffffffff000ull | 0x60ull);

static inline void append(merger *m, uint64_t first, uint64_t size, uint64_t physical, uint64_t flags) {
  if (m->has_pending && m->pending.last + 1 == first && m->pending.flags == flags &&
      m->pending.physical + (first - m->pending.first) == physical) {
    m->pending.last = first + size - 1;
    return;
  }
  if (m->has_pending) {
    m->tally.count++;
    m->tally.sum += m->pending.physical ^ m->pending.last;
  }
  m->pending = (reference_range){first, first + size - 1, physical, flags};
  m->has_pending = true;
}

static void leaf_table(merger *m, const uint64_t *table, uint64_t base) {
  for (uint64_t i = 0; i < ENTRIES; i++) {
    uint64_t entry = table[i];
    if (entry & PRESENT) {
      append(m, base + (i << 12), 4096, entry & ADDRESS, entry & FLAGS);
    }
  }
}

reference_tally reference_merge(reference_memory memory, uint64_t root) {
  merger m = {.has_pending = false};
  const uint64_t *pgd = table_at(memory, root);
  if (!pgd) return m.tally;
  for (uint64_t g = 0; g < ENTRIES; g++) {
    if (!(pgd[g] & PRESENT)) continue;
    const uint64_t *pud = table_at(memory, pgd[g] & ADDRESS);
    if (!pud) continue;
    for (uint64_t u = 0; u < ENTRIES; u++) {
      if (!(pud[u] & PRESENT)) continue;
      uint64_t pud_base = canonical(g << 39 | u << 30);
      if (pud[u] & LARGE) {
        append(&m, pud_base, 1ull << 30, pud[u] & ADDRESS & ~0x3fffffffull, pud[u] & FLAGS);
        continue;
      }
      const uint64_t *pmd = table_at(memory, pud[u] & ADDRESS);
      if (!pmd) continue;
      for (uint64_t d = 0; d < ENTRIES; d++) {
        if (!(pmd[d] & PRESENT)) continue;
        uint64_t base = pud_base + (d << 21);
        if (pmd[d] & LARGE) {
          append(&m, base, 1ull << 21, pmd[d] & ADDRESS & ~0x1fffffull, pmd[d] & FLAGS);
          continue;
        }
        const uint64_t *pte = table_at(memory, pmd[d] & ADDRESS);
        if (pte) leaf_table(&m, pte, base);
      }
    }
  }
  if (m.has_pending) {
    m.tally.count++;
    m.tally.sum += m.pending.physical ^ m.pending.last;
  }
  return m.tally;
}
