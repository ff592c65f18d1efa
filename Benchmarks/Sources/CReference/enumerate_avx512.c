#include "walk.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define AVX512 __attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,popcnt")))

bool reference_has_avx512(void) {
  return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
}

AVX512 static inline void leaf_table(const uint64_t *table, reference_tally *tally) {
  __m512i sum = _mm512_setzero_si512();
  const __m512i one = _mm512_set1_epi64(PRESENT), address = _mm512_set1_epi64((long long)ADDRESS);
  uint64_t count = 0;
  for (int i = 0; i < ENTRIES; i += 8) {
    __m512i entries = _mm512_loadu_si512(table + i);
    __mmask8 present = _mm512_test_epi64_mask(entries, one);
    count += (uint64_t)__builtin_popcount(present);
    sum = _mm512_mask_add_epi64(sum, present, sum, _mm512_and_si512(entries, address));
  }
  tally->count += count;
  tally->sum += (uint64_t)_mm512_reduce_add_epi64(sum);
}

static inline void prefetch_table(reference_memory memory, uint64_t entry) {
  if ((entry & (PRESENT | LARGE)) != PRESENT) return;
  const uint64_t *table = table_at(memory, entry & ADDRESS);
  if (!table) return;
  // The first two lines: the processor's own prefetcher follows. All 64 are slower.
  reference_prefetch(table);
  reference_prefetch(table + 8);
}

AVX512 reference_tally reference_enumerate_avx512(reference_memory memory, uint64_t root) {
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
        if (m + 1 < ENTRIES) prefetch_table(memory, pmd[m + 1]);
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

#else

bool reference_has_avx512(void) { return false; }
reference_tally reference_enumerate_avx512(reference_memory memory, uint64_t root) {
  return reference_enumerate(memory, root);
}

#endif
