// bfloat16 elements in pairs, as the CPU's dot products take them.
#pragma once
#include "bits.h"
#include "CKernels.h"

#define ELEMENT uint16_t
#define WIDEN(x) widen_bits(x)
#define NARROW(x) narrow_bits(x)
#define WIDEN_LANES(x, from) x = (lanes)(__builtin_convertvector(*(const halves *)(from), words) << 16)
#define UNIT pair_bits
#define PAIR 2

// Pairs are written an element at a time.
typedef uint32_t __attribute__((may_alias)) pair_bits;
typedef uint32_t words __attribute__((vector_size(64), aligned(4)));
typedef uint16_t halves __attribute__((vector_size(32), aligned(2)));

#if defined(__x86_64__) && defined(__linux__)
// Whether this CPU has AVX512-BF16, which `ck_native_attend` needs.
#define HAS_PAIR_PRODUCTS __builtin_cpu_supports("avx512bf16")
void ck_native_attend(const ck_cached_rows *in, float scale, void *out, float *scratch);
#endif
