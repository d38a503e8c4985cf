#include "CKernels.h"
#include "clones.h"

CLONES void ck_causal_softmax(float *restrict scores, size_t stride, size_t rows, size_t columns, size_t first,
                              float scale, float *restrict normaliser, size_t normaliser_stride) {
#pragma clang fp contract(fast)
  for (size_t r = 0; r < rows; r++) {
    float *row = scores + r * stride;
    size_t valid = first + r < columns ? first + r : columns;
    float top = largest(row, valid) * scale;
    float sum = exponentiate(row, valid, scale, top);
    float inverse = 1.0f / sum;
    for (size_t i = 0; i < valid; i++) row[i] *= inverse;
    for (size_t i = valid; i < columns; i++) row[i] = 0.0f;
    normaliser[r * normaliser_stride] = top + logf(sum);
  }
}

CLONES void ck_causal_probabilities(float *restrict scores, size_t stride, size_t rows, size_t columns,
                                    size_t first, float scale, const float *restrict normaliser,
                                    size_t normaliser_stride) {
  for (size_t r = 0; r < rows; r++) {
    float *row = scores + r * stride;
    size_t valid = first + r < columns ? first + r : columns;
    exponentiate(row, valid, scale, normaliser[r * normaliser_stride]);
    for (size_t i = valid; i < columns; i++) row[i] = 0.0f;
  }
}

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

CLONES void ck_softmax_with_own(float *restrict scores, size_t stride, float *restrict own, size_t rows,
                                size_t columns, float scale) {
#pragma clang fp contract(fast)
  for (size_t r = 0; r < rows; r++) {
    float *row = scores + r * stride;
    float top = largest(row, columns);
    top = (own[r] > top ? own[r] : top) * scale;
    float self = exp_approximate(own[r] * scale - top);
    float inverse = 1.0f / (exponentiate(row, columns, scale, top) + self);
    for (size_t i = 0; i < columns; i++) row[i] *= inverse;
    own[r] = self * inverse;
  }
}

CLONES void ck_row_products(const float *restrict q, const float *restrict k, size_t stride, float *restrict own,
                            size_t rows, size_t head) {
#pragma clang fp contract(fast) reassociate(on)
  for (size_t r = 0; r < rows; r++) {
    const float *a = q + r * stride, *b = k + r * stride;
    float sum = 0;
    for (size_t i = 0; i < head; i++) sum += a[i] * b[i];
    own[r] = sum;
  }
}

CLONES void ck_add_own_values(float *restrict out, size_t out_stride, const float *restrict own,
                              const float *restrict v, size_t v_stride, size_t rows, size_t head) {
#pragma clang fp contract(fast)
  for (size_t r = 0; r < rows; r++)
    for (size_t i = 0; i < head; i++) out[r * out_stride + i] += own[r] * v[r * v_stride + i];
}
