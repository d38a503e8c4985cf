#include "CKernels.h"
#include "clones.h"

CLONES void ck_axpy(float *restrict y, const float *restrict x, float a, size_t n) {
#pragma clang fp contract(fast)
  for (size_t i = 0; i < n; i++) y[i] += a * x[i];
}

CLONES void ck_scale(float *restrict x, float a, size_t n) {
  for (size_t i = 0; i < n; i++) x[i] *= a;
}

CLONES double ck_sum_of_squares(const float *restrict x, size_t n) {
#pragma clang fp contract(fast) reassociate(on)
  double total = 0;
  for (size_t i = 0; i < n; i += 4096) {
    size_t end = i + 4096 < n ? i + 4096 : n;
    float sum = 0;
    for (size_t j = i; j < end; j++) sum += x[j] * x[j];
    total += sum;
  }
  return total;
}

CLONES void ck_dropout(float *restrict x, size_t n, uint32_t key, uint32_t first, uint32_t threshold,
                       float scale) {
  for (size_t i = 0; i < n; i++) {
    uint32_t hash = mix(mix(first + (uint32_t)i) ^ key);
    x[i] = hash < threshold ? x[i] * scale : 0.0f;
  }
}

CLONES void ck_adamw(float *restrict p, float *restrict g, float *restrict m, float *restrict v, size_t n,
                     float clip, float rate, float beta1, float beta2, float epsilon, float decay, float c1,
                     float c2) {
#pragma clang fp contract(fast)
  float keep = 1.0f - rate * decay, step = rate / c1, inverse = 1.0f / c2;
  for (size_t i = 0; i < n; i++) {
    float gradient = g[i] * clip;
    float first = beta1 * m[i] + (1.0f - beta1) * gradient;
    float second = beta2 * v[i] + (1.0f - beta2) * gradient * gradient;
    m[i] = first;
    v[i] = second;
    g[i] = 0;
    p[i] = p[i] * keep - step * first / (__builtin_elementwise_sqrt(second * inverse) + epsilon);
  }
}
