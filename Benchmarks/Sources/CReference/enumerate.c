#include "walk.h"

static void leaf_table(const uint64_t *table, reference_tally *tally) {
  uint64_t count = 0, sum = 0;
  for (int i = 0; i < ENTRIES; i++) {
    uint64_t entry = table[i];
    if (entry & PRESENT) {
      count++;
      sum += entry & ADDRESS;
    }
  }
  tally->count += count;
  tally->sum += sum;
}

reference_tally reference_enumerate(reference_memory memory, uint64_t root) {
  reference_tally tally = {0, 0};
  const uint64_t *pgd = table_at(memory, root);
  if (!pgd) return tally;
  for (int g = 0; g < ENTRIES; g++) {
    if (!(pgd[g] & PRESENT)) continue;
    const uint64_t *pud = table_at(memory, pgd[g] & ADDRESS);
    if (!pud) continue;
    for (int u = 0; u < ENTRIES; u++) {
      if (!(pud[u] & PRESENT)) continue;
      if (pud[u] & LARGE) {
        tally.count++;
        tally.sum += pud[u] & ADDRESS & ~0x3fffffffull;
        continue;
      }
      const uint64_t *pmd = table_at(memory, pud[u] & ADDRESS);
      if (!pmd) continue;
      for (int m = 0; m < ENTRIES; m++) {
        if (!(pmd[m] & PRESENT)) continue;
        if (pmd[m] & LARGE) {
          tally.count++;
          tally.sum += pmd[m] & ADDRESS & ~0x1fffffull;
          continue;
        }
        const uint64_t *pte = table_at(memory, pmd[m] & ADDRESS);
        if (pte) leaf_table(pte, &tally);
      }
    }
  }
  return tally;
}
