#include "CKernels.h"
#include "clones.h"

// A tall tile's sums fill the registers: 12 of 16 vectors of 8 floats (in two halves of `lanes`), or 24 of 32 of 16
// floats. PackedWeights hands out panels by sixes, so that tiles of vectors of 16 floats leave none over.
#define ROWS_BYTES ((size_t)192 << 10)

#define TARGET
#define NAME(f) f##_any
#define TILE_ROWS 6
#define ACROSS(rows) ((rows) > 3 ? 1 : (rows) == 3 ? 2 : (rows) == 2 ? 3 : 4)
#define HEIGHTS HEIGHT(1) HEIGHT(2) HEIGHT(3) HEIGHT(4) HEIGHT(5) HEIGHT(6)
#include "packed.inc"

#if defined(__x86_64__)
#undef TARGET
#undef NAME
#define TARGET __attribute__((target("arch=x86-64-v3")))
#define NAME(f) f##_v3
#include "packed.inc"

// Without a minimum the compiler would take vectors of 8 floats here, too.
#undef TARGET
#undef NAME
#undef TILE_ROWS
#undef ACROSS
#undef HEIGHTS
#define TARGET __attribute__((target("arch=x86-64-v4"), min_vector_width(512)))
#define NAME(f) f##_v4
#define TILE_ROWS 8
#define ACROSS(rows) ((rows) > 4 ? 3 : 6)
#define HEIGHTS HEIGHT(1) HEIGHT(2) HEIGHT(3) HEIGHT(4) HEIGHT(5) HEIGHT(6) HEIGHT(7) HEIGHT(8)
#include "packed.inc"
#endif

void ck_packed_forward(const ck_packed_product *in) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("x86-64-v4")) return product_v4(in);
  if (__builtin_cpu_supports("x86-64-v3")) return product_v3(in);
#endif
  product_any(in);
}

void ck_pack(const float *matrix, size_t outputs, size_t inputs, size_t first, float *weights) {
  for (size_t o = 0; o < outputs; o++) {
    float *lane = weights + (first + o) / 16 * 16 * inputs + (first + o) % 16;
    for (size_t k = 0; k < inputs; k++) lane[16 * k] = matrix[o * inputs + k];
  }
}
