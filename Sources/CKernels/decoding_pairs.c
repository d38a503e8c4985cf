// Cached attention in bfloat16 with the CPU's own products of pairs.
#include "clones.h"
#include "pairs.h"

#ifdef HAS_PAIR_PRODUCTS
#include <immintrin.h>

#define NARROW_LANES(out, x) _mm256_storeu_si256((__m256i *)(out), (__m256i)_mm512_cvtneps_pbh((__m512)(x)))
#define TARGET __attribute__((target("arch=x86-64-v4,avx512bf16")))
#define MULTIPLY_ADD(sum, a, b)                                                                     \
  sum = (lanes)_mm512_dpbf16_ps((__m512)sum, (__m512bh)_mm512_set1_epi32((int)(a)), (__m512bh)_mm512_loadu_si512(b))
#define MULTIPLY_ADD_LANES(sum, a, b) \
  sum = (lanes)_mm512_dpbf16_ps((__m512)sum, (__m512bh)_mm512_loadu_si512(a), (__m512bh)_mm512_loadu_si512(b))
#include "decoding.inc"
TARGET ATTEND(ck_native_attend)
#endif
