// Row-wise kernels with one clone per x86-64 level, chosen at load time. Nothing else is written in C.
//
// Matrices are row-major; `stride` is the distance between rows in floats. Nothing here allocates or threads.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

// elementwise.c
void ck_axpy(float *y, const float *x, float a, size_t n);               // y += a x
void ck_scale(float *x, float a, size_t n);                              // x *= a
double ck_sum_of_squares(const float *x, size_t n);
// Multiplies x[i] by `scale` or by 0, decided by a hash of (key, first + i): the same call in the backward
// pass repeats the mask. Kept when hash < threshold.
void ck_dropout(float *x, size_t n, uint32_t key, uint32_t first, uint32_t threshold, float scale);
// One AdamW step on n values: decoupled decay, bias corrections c1 = 1 - beta1^t and c2 = 1 - beta2^t,
// gradient multiplied by `clip` first. Leaves the gradient zero.
void ck_adamw(float *p, float *g, float *m, float *v, size_t n, float clip, float rate, float beta1,
              float beta2, float epsilon, float decay, float c1, float c2);

// rows.c
// The gradient of x * rsqrt(mean(x^2) + epsilon) * gain, rstd the reciprocal roots; adds to dx and dgain.
void ck_rmsnorm_backward(const float *x, const float *gain, const float *rstd, const float *dy, float *dx,
                         float *dgain, size_t rows, size_t columns);
// The gradient of (x - mean) * rstd * gain + bias, rstd the reciprocal roots; adds to dx, dgain and dbias.
void ck_layernorm_backward(const float *x, const float *gain, const float *rstd, const float *dy, float *dx,
                           float *dgain, float *dbias, size_t rows, size_t columns);
// log max_v softmax(logits)[v] of every row, as -log(1 + sum of the others), and where the maximum is.
void ck_log_confidence(const float *logits, float *score, int32_t *best, size_t rows, size_t columns);
// Sum of p * log p of softmax(logits) of every row: its entropy with the sign of a score.
void ck_negative_entropy(const float *logits, float *score, size_t rows, size_t columns);
// The largest logit of every row less the second largest; infinite where there is one alone.
void ck_log_margin(const float *logits, float *score, size_t rows, size_t columns);

// attention.c
// ds = p * (dp - sum(dp * p)) * scale, written over dp.
void ck_softmax_backward(const float *p, float *dp, size_t stride, size_t rows, size_t columns, float scale);

// depthwise.c: the feature network, channels last, in multiples of 16
// One output row of a depthwise convolution, plus bias, cut to 0...6. `rows` holds `kernel` pointers to input
// rows of (width, channels), null where padding is above or below; weight (kernel, kernel, channels);
// kernel 3 or 5, stride 1 or 2; `before` is the padding on the left.
void ck_depthwise_relu6(const float *const *rows, const float *weight, const float *bias, float *out,
                        size_t width, size_t out_width, size_t channels, size_t kernel, size_t stride,
                        size_t before);
// The adjoint without bias and cut: adds the gradient of one output row to those of the input rows it was read from.
void ck_depthwise_adjoint(float *const *rows, const float *weight, const float *dy, size_t width,
                          size_t out_width, size_t channels, size_t kernel, size_t stride, size_t before);
// dy where 0 < y < 6, else 0: the gradient before the cut.
void ck_relu6_backward(const float *y, float *dy, size_t n);
// x = min(max(x + bias, 0), 6) on every row.
void ck_bias_relu6(float *x, const float *bias, size_t rows, size_t columns);
// x = bias (+ residual unless null) on every row, any number of columns.
void ck_bias_rows(float *x, const float *bias, const float *residual, size_t rows, size_t columns);
// The mean of every column.
void ck_column_means(const float *x, float *mean, size_t rows, size_t columns);
// The OpenBLAS kernels to take in place of `core`, where that is for CPUs without AVX2 and this one has it; else NULL.
const char *ck_better_core(const char *core, bool avx2, bool avx512, bool bfloat16);
// The same for this CPU.
const char *ck_better_core_here(const char *core);

// Which clones of our own kernels this CPU runs; results of different ones may differ in their last bits.
const char *ck_clones(void);

#include "CKernelsActivations.h"
#include "CKernelsDecoding.h"
#include "CKernelsPacked.h"
#include "CKernelsVision.h"
