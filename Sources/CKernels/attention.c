#include "CKernels.h"
#include "clones.h"

CLONES void ck_softmax_backward(const float *restrict p, float *restrict dp, size_t stride, size_t rows,
                                size_t columns, float scale) {
#pragma clang fp contract(fast) reassociate(on)
  for (size_t r = 0; r < rows; r++) {
    const float *probability = p + r * stride;
    float *d = dp + r * stride;
    float sum = 0;
    for (size_t i = 0; i < columns; i++) sum += probability[i] * d[i];
    for (size_t i = 0; i < columns; i++) d[i] = probability[i] * (d[i] - sum) * scale;
  }
}

