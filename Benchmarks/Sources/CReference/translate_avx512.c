#include "walk.h"

#if defined(__x86_64__)
#include <immintrin.h>

#define AVX512 __attribute__((target("avx512f,avx512dq,avx512vl")))

enum { BATCH = 64 };

/// Eight walks, and which of them still go on.
typedef struct {
  __m512i entries;
  __mmask8 live;
} walks;

/// Where the entries of one level lie.
AVX512 static inline __m512i places(__m512i tables, __m512i addresses, int shift) {
  __m512i offsets = _mm512_and_si512(_mm512_srli_epi64(addresses, (unsigned)shift - 3), _mm512_set1_epi64(0xff8));
  return _mm512_add_epi64(_mm512_and_si512(tables, _mm512_set1_epi64((long long)ADDRESS)), offsets);
}

/// The walks whose entry at `places` is in memory.
AVX512 static inline __mmask8 in_memory(reference_memory memory, __m512i places, __mmask8 live) {
  return _mm512_mask_cmple_epu64_mask(live, places, _mm512_set1_epi64((long long)memory.byte_count - 8));
}

AVX512 static inline walks read(reference_memory memory, __m512i places, __mmask8 live) {
  live = in_memory(memory, places, live);
  __m512i entries = _mm512_mask_i64gather_epi64(_mm512_setzero_si512(), live, places, memory.base, 1);
  return (walks){entries, _mm512_mask_test_epi64_mask(live, entries, _mm512_set1_epi64(PRESENT))};
}

AVX512 static inline __m512i answers(__m512i entries, __m512i addresses, int shift) {
  __m512i offset = _mm512_set1_epi64((1ll << shift) - 1);
  __m512i frames = _mm512_andnot_si512(offset, _mm512_and_si512(entries, _mm512_set1_epi64((long long)ADDRESS)));
  return _mm512_or_si512(frames, _mm512_and_si512(addresses, offset));
}

AVX512 uint64_t reference_translate_batch_avx512(
    reference_memory memory, uint64_t root, const uint64_t *addresses, size_t count) {
  const __m512i large = _mm512_set1_epi64(LARGE);
  size_t whole = count - count % BATCH;
  uint64_t sum = reference_translate_batch(memory, root, addresses + whole, count - whole);
  for (size_t start = 0; start < whole; start += BATCH) {
    uint64_t waiting[BATCH], found[BATCH];
    __mmask8 lives[BATCH / 8];
    for (int i = 0; i < BATCH; i += 8) {
      __m512i address = _mm512_loadu_si512(addresses + start + i);
      __m512i extended = _mm512_srai_epi64(_mm512_slli_epi64(address, 16), 16);
      __m512i result = _mm512_set1_epi64(-1);
      walks walks = read(
          memory, places(_mm512_set1_epi64((long long)root), address, 39),
          _mm512_cmpeq_epi64_mask(extended, address));
      for (int shift = 30; shift > 12; shift -= 9) {
        walks = read(memory, places(walks.entries, address, shift), walks.live);
        __mmask8 leaves = _mm512_mask_test_epi64_mask(walks.live, walks.entries, large);
        result = _mm512_mask_mov_epi64(result, leaves, answers(walks.entries, address, shift));
        walks.live &= (__mmask8)~leaves;
      }
      __m512i last = places(walks.entries, address, 12);
      lives[i / 8] = in_memory(memory, last, walks.live);
      _mm512_storeu_si512(waiting + i, last);
      _mm512_storeu_si512(found + i, result);
      for (int j = 0; j < 8; j++) {
        if (lives[i / 8] >> j & 1) reference_prefetch(memory.base + waiting[i + j]);
      }
    }
    __m512i sums = _mm512_setzero_si512();
    for (int i = 0; i < BATCH; i += 8) {
      walks walks = read(memory, _mm512_loadu_si512(waiting + i), lives[i / 8]);
      __m512i leaves = answers(walks.entries, _mm512_loadu_si512(addresses + start + i), 12);
      sums = _mm512_add_epi64(sums, _mm512_mask_mov_epi64(_mm512_loadu_si512(found + i), walks.live, leaves));
    }
    sum += (uint64_t)_mm512_reduce_add_epi64(sums);
  }
  return sum;
}

#else

uint64_t reference_translate_batch_avx512(
    reference_memory memory, uint64_t root, const uint64_t *addresses, size_t count) {
  return reference_translate_batch(memory, root, addresses, count);
}

#endif
