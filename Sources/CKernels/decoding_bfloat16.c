#include "CKernels.h"
#include "clones.h"
#include "pairs.h"

// Products of pairs through floats: the lower half of a word is the first of a pair.
#define NARROW_LANES(out, x)                                                                           \
  do {                                                                                                 \
    words bits = (words)(x);                                                                           \
    *(halves *)(out) = __builtin_convertvector((bits + 0x7fffU + ((bits >> 16) & 1U)) >> 16, halves); \
  } while (0)
#define TARGET
#define MULTIPLY_ADD(sum, a, b)                                             \
  do {                                                                      \
    words both = *(const words *)(b);                                       \
    sum += widen_bits((uint16_t)(a)) * (lanes)(both << 16);                 \
    sum += widen_bits((uint16_t)((a) >> 16)) * (lanes)(both & 0xffff0000U); \
  } while (0)
#define MULTIPLY_ADD_LANES(sum, a, b)                            \
  do {                                                           \
    words left = *(const words *)(a), right = *(const words *)(b); \
    sum += (lanes)(left << 16) * (lanes)(right << 16);           \
    sum += (lanes)(left & 0xffff0000U) * (lanes)(right & 0xffff0000U); \
  } while (0)
#include "decoding.inc"
CLONES static ATTEND(portable_attend)

static void attend(const ck_cached_rows *in, float scale, void *out, float *scratch) {
#ifdef HAS_PAIR_PRODUCTS
  if (HAS_PAIR_PRODUCTS) {
    ck_native_attend(in, scale, out, scratch);
    return;
  }
#endif
  portable_attend(in, scale, out, scratch);
}

static void store(const void *row, size_t heads, size_t head, void *cache, size_t slots, size_t slot) {
  const uint16_t *key = row, *value = key + heads * head;
  size_t padded = (head + 15) / 16 * 16;
  for (size_t h = 0; h < heads; h++) {
    uint16_t *keys = (uint16_t *)cache + h * slots * (head + padded), *values = keys + slots * head;
    uint16_t *lane = keys + slot / 16 * 16 * head + slot % 16 * 2;
    for (size_t i = 0; i < head; i += 2) memcpy(lane + 16 * i, key + h * head + i, 4);
    uint16_t *pair = values + slot / 2 * 2 * padded + slot % 2;
    for (size_t i = 0; i < head; i++) pair[2 * i] = value[h * head + i];
  }
}

const ck_decoding_kernels ck_decoding_bfloat16 = {.store = store, .attend = attend};
const ck_decoding_kernels ck_decoding_bfloat16_portable = {.store = store, .attend = portable_attend};
