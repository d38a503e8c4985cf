#include "CKernels.h"
#include "bits.h"
#include "clones.h"

#define ELEMENT uint16_t
#define WIDEN(x) widen_bits(x)
#define NARROW(x) narrow_bits(x)
#define UNIT pair_bits
#define PAIR 2

typedef uint32_t __attribute__((may_alias)) pair_bits;
typedef uint32_t words __attribute__((vector_size(64), aligned(4)));

#if defined(__x86_64__) && defined(__linux__)
#include <immintrin.h>

// The CPU's own dot products of pairs.
#define tile native_tile
#define tiles native_tiles
#define few_rows native_few_rows
#define dot native_dot
#define attend_block native_attend_block
#define TARGET __attribute__((target("arch=x86-64-v4,avx512bf16")))
#define MULTIPLY_ADD(sum, a, b)                                                                                  \
  sum = (lanes)_mm512_dpbf16_ps((__m512)sum, (__m512bh)_mm512_set1_epi32((int)(a)), (__m512bh)_mm512_loadu_si512(b))
#include "decoding.inc"
TARGET ATTEND(native_attend)
#undef tile
#undef tiles
#undef few_rows
#undef dot
#undef attend_block
#undef TARGET
#undef MULTIPLY_ADD
#define HAS_NATIVE __builtin_cpu_supports("avx512bf16")
#else
#define HAS_NATIVE 0
#define native_attend portable_attend
#endif

// The same through floats: the lower half of a word is the first of a pair.
#define TARGET
#define MULTIPLY_ADD(sum, a, b)                                                              \
  do {                                                                                       \
    words both = *(const words *)(b);                                                        \
    sum += widen_bits((uint16_t)(a)) * (lanes)(both << 16);                                  \
    sum += widen_bits((uint16_t)((a) >> 16)) * (lanes)(both & 0xffff0000U);                  \
  } while (0)
#include "decoding.inc"
CLONES ATTEND(portable_attend)

static void attend(const ck_cached_rows *in, float scale, void *out, float *scratch) {
  if (HAS_NATIVE)
    native_attend(in, scale, out, scratch);
  else
    portable_attend(in, scale, out, scratch);
}

static void store(const void *row, size_t heads, size_t head, void *cache, size_t slots, size_t slot) {
  const uint16_t *key = row, *value = key + heads * head;
  size_t padded = (head + 15) / 16 * 16;
  for (size_t h = 0; h < heads; h++) {
    uint16_t *keys = (uint16_t *)cache + h * slots * (head + padded), *values = keys + slots * head;
    for (size_t i = 0; i < head; i += 2) memcpy(keys + i * slots + 2 * slot, key + h * head + i, 4);
    uint16_t *pair = values + slot / 2 * 2 * padded + slot % 2;
    for (size_t i = 0; i < head; i++) pair[2 * i] = value[h * head + i];
  }
}

const ck_decoding_kernels ck_decoding_bfloat16 = {.store = store, .attend = attend};
