#include "CKernels.h"
#include "clones.h"

#define ELEMENT float
#define WIDEN(x) (x)
#define NARROW(x) (x)
#define UNIT float
#define PAIR 1
#define MULTIPLY_ADD(sum, a, b) sum += (a) * *(const lanes *)(b)
#define NARROW_LANES(out, x) *(lanes *)(out) = (x)
#define MULTIPLY_ADD_LANES(sum, a, b) sum += *(const lanes *)(a) * *(const lanes *)(b)
#define WIDEN_LANES(x, from) x = *(const lanes *)(from)
#define TARGET
#include "decoding.inc"

CLONES static ATTEND(attend)

static void store(const void *row, size_t heads, size_t head, void *cache, size_t slots, size_t slot) {
  const float *key = row, *value = key + heads * head;
  size_t padded = (head + 15) / 16 * 16;
  for (size_t h = 0; h < heads; h++) {
    float *keys = (float *)cache + h * slots * (head + padded), *values = keys + slots * head;
    float *lane = keys + slot / 16 * 16 * head + slot % 16;
    for (size_t i = 0; i < head; i++) lane[16 * i] = key[h * head + i];
    memcpy(values + slot * padded, value + h * head, head * sizeof(float));
  }
}

const ck_decoding_kernels ck_decoding_float32 = {.store = store, .attend = attend};

size_t ck_cache_elements(size_t heads, size_t head, size_t slots) {
  return heads * slots * (head + (head + 15) / 16 * 16);
}

size_t ck_attend_scratch(size_t head, size_t slots) { return 4 * (2 * slots + (head + 15) / 16 * 16); }
