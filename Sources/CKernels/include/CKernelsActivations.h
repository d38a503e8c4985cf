// Kernels on activations, one table for each way of storing them: 32-bit floats, and bfloat16 (the upper half of a
// float, rounded to nearest even). Arithmetic is float32 in both; only what is stored between products differs.
//
// `void *` stands for rows of the table's element type. Strides count elements. Nothing here allocates or threads.
#pragma once
#include <stddef.h>
#include <stdint.h>

// A dropout mask: element i of a call is kept when hash(key, first + i) < threshold, then multiplied by scale.
// Threshold 0 stands for no dropout at all.
typedef struct {
  uint32_t key, first, threshold;
  float scale;
} ck_mask;

typedef struct {
  // normed = x * rsqrt(mean(x^2) + epsilon) * gain; keeps the reciprocal root.
  void (*norm)(const float *x, const float *gain, void *normed, float *root, size_t rows, size_t columns,
               float epsilon);
  // residual = x + dropout(branch), then its norm as above. `branch` may be `residual`.
  void (*add_norm)(const float *x, const float *branch, ck_mask mask, float *residual, const float *gain,
                   void *normed, float *root, size_t rows, size_t columns, float epsilon);
  // normed = (x - mean) * rsqrt(variance + epsilon) * gain + bias; keeps the reciprocal root.
  void (*layer_norm)(const float *x, const float *gain, const float *bias, void *normed, float *root, size_t rows,
                     size_t columns, float epsilon);
  // residual = x + dropout(branch + branch_bias), then its layer norm. `branch` may be `residual`.
  void (*add_layer_norm)(const float *x, const float *branch, const float *branch_bias, ck_mask mask,
                         float *residual, const float *gain, const float *bias, void *normed, float *root,
                         size_t rows, size_t columns, float epsilon);
  // out = dropout(x)
  void (*masked)(const float *x, ck_mask mask, void *out, size_t count);
  // Rotates adjacent pairs of every head of every row by that row's angles, in place: x <- x * cosine + swap(x) *
  // sine, where the tables hold `head` floats a location and the sine's sign alternates. `direction` is 1, or -1
  // for the inverse.
  void (*rotate)(void *x, size_t stride, size_t rows, size_t heads, size_t head, const float *cosine,
                 const float *sine, const int32_t *location, float direction);
  // y = silu(a) * b per row, a and b the two halves of a row of 2·hidden elements.
  void (*swiglu)(const void *ab, void *y, size_t rows, size_t hidden);
  // Given dy, writes d(ab) and recomputes y. `dy` may be `y`.
  void (*swiglu_backward)(const void *ab, const void *dy, void *dab, void *y, size_t rows, size_t hidden);
  // y = dropout(a * gelu(b)) per row, where ab + bias are two halves of a row of 2·hidden elements; the GELU is that of
  // the error function.
  void (*geglu)(const void *ab, const float *bias, ck_mask mask, void *y, size_t rows, size_t hidden);
  // Given dy, writes d(ab) and recomputes y. `dy` may be `y`.
  void (*geglu_backward)(const void *ab, const float *bias, ck_mask mask, const void *dy, void *dab, void *y,
                         size_t rows, size_t hidden);
  // sum[c] += sum over rows of x[r][c]
  void (*column_sums)(const void *x, size_t stride, float *sum, size_t rows, size_t columns);
  // Causal softmax of scaled scores: row r keeps its first `first + r * step` columns, the rest become 0. Writes
  // every row's log-sum-exp. `out` may be `scores` where elements are floats.
  void (*causal_softmax)(float *scores, void *out, size_t rows, size_t columns, size_t first, size_t step,
                         float scale, float *log_sum_exp, size_t log_sum_exp_stride);
  // The same probabilities again from scores and stored normalisers; widened into scores as well.
  void (*causal_probabilities)(float *scores, void *out, size_t rows, size_t columns, size_t first, size_t step,
                               float scale, const float *log_sum_exp, size_t log_sum_exp_stride);
  // ds = p * (dp - sum(dp * p)) * scale. `ds` may be `dp` where elements are floats.
  void (*softmax_backward)(const float *p, const float *dp, void *ds, size_t rows, size_t columns, float scale);
  // Fused softmax cross entropy: gradient = (softmax - onehot) * weight, loss = -log p(target).
  // `gradient` may be `logits` where elements are floats.
  void (*cross_entropy)(float *logits, const int32_t *target, float *loss, void *gradient, size_t rows,
                        size_t columns, float weight);
  // out = x, rows of `columns` values.
  void (*narrow)(const float *x, size_t stride, void *out, size_t out_stride, size_t rows, size_t columns);
  void (*widen)(const void *x, size_t stride, float *out, size_t out_stride, size_t rows, size_t columns);
} ck_activation_kernels;

extern const ck_activation_kernels ck_float32;
extern const ck_activation_kernels ck_bfloat16;
