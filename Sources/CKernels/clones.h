// What every kernel file shares: the clone attribute, the exponential and vector reductions.
#pragma once
#include <math.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#if defined(__x86_64__) && defined(__linux__)
#define CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define CLONES
#endif
#define INLINE static inline __attribute__((always_inline))

typedef float lanes __attribute__((vector_size(64), aligned(4)));

// exp(x) by range reduction to [-ln2/2, ln2/2] and a degree-5 polynomial (coefficients of Cephes' expf, Moshier
// 1989); error at most 1 ulp in [-87, 88], inputs clamped to that range. Inline so that loops around it vectorise.
INLINE float exp_approximate(float x) {
  x = x < -87.0f ? -87.0f : x;
  x = x > 88.0f ? 88.0f : x;
  float shifted = x * 1.44269504088896341f + 12582912.0f;  // rounds x / ln 2 into the low mantissa bits
  int32_t bits;
  memcpy(&bits, &shifted, 4);
  float n = shifted - 12582912.0f;
  float r = x - n * 0.693359375f;
  r = r - n * -2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * (r * r) + r + 1.0f;
  int32_t exponent = (int32_t)((uint32_t)(bits + 127) << 23);
  float power;
  memcpy(&power, &exponent, 4);
  return p * power;
}

// The largest of n values; a scalar loop would not vectorise without assuming away NaN.
INLINE float largest(const float *x, size_t n) {
  float result = -INFINITY;
  size_t i = 0;
  if (n >= 16) {
    lanes m = *(const lanes *)x;
    for (i = 16; i + 16 <= n; i += 16) m = __builtin_elementwise_max(m, *(const lanes *)(x + i));
    for (int k = 0; k < 16; k++) result = m[k] > result ? m[k] : result;
  }
  for (; i < n; i++) result = x[i] > result ? x[i] : result;
  return result;
}

INLINE float row_mean(const float *x, size_t n) {
#pragma clang fp contract(fast) reassociate(on)
  float sum = 0;
  for (size_t i = 0; i < n; i++) sum += x[i];
  return sum / (float)n;
}

// x[i] <- exp(x[i] * scale - offset), returning the sum.
INLINE float exponentiate(float *x, size_t n, float scale, float offset) {
#pragma clang fp contract(fast) reassociate(on)
  float sum = 0;
  for (size_t i = 0; i < n; i++) {
    float e = exp_approximate(x[i] * scale - offset);
    x[i] = e;
    sum += e;
  }
  return sum;
}

// The same for 16 values. Vectors go by pointer, because by value they would need AVX-512.
INLINE void exp_lanes(lanes *value) {
#pragma clang fp contract(fast)
  typedef int32_t indices __attribute__((vector_size(64)));
  lanes x = __builtin_elementwise_min(__builtin_elementwise_max(*value, (lanes){0} - 87.0f), (lanes){0} + 88.0f);
  lanes shifted = x * 1.44269504088896341f + 12582912.0f;
  lanes n = shifted - 12582912.0f;
  lanes r = x - n * 0.693359375f;
  r = r - n * -2.12194440e-4f;
  lanes p = r * 1.9875691500e-4f + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * (r * r) + r + 1.0f;
  *value = p * (lanes)(((indices)shifted + 127) << 23);
}

// Sets all but the first n lanes of x.
INLINE void fill_behind(lanes *x, size_t n, float rest) {
  typedef int32_t indices __attribute__((vector_size(64)));
  const indices index = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
  const indices mask = index < (int32_t)n;
  const lanes others = rest - (lanes){0};
  *x = (lanes)((mask & (indices)*x) | (~mask & (indices)others));
}

INLINE float sum_of_lanes(const lanes *x) {
  lanes y = *x + __builtin_shufflevector(*x, *x, 8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7);
  y += __builtin_shufflevector(y, y, 4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11);
  y += __builtin_shufflevector(y, y, 2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13);
  return y[0] + y[1];
}

// A bijective mix of 32 bits with low bias (two multiply-xorshift rounds, constants found by C. Wellons' search).
INLINE uint32_t mix(uint32_t x) {
  x ^= x >> 16;
  x *= 0x7feb352dU;
  x ^= x >> 15;
  x *= 0x846ca68bU;
  x ^= x >> 16;
  return x;
}
