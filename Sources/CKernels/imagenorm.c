#include "CKernels.h"
#include "clones.h"

CLONES void ck_group_norm(const float *restrict x, const float *restrict gain, const float *restrict bias,
                          float *restrict y, float *restrict mean, float *restrict rstd,
                          float *restrict scratch, size_t pixels, size_t channels, size_t groups,
                          float epsilon) {
#pragma clang fp contract(fast)
  const size_t size = channels / groups;
  const float share = 1.0f / (float)(pixels * size);
  float *scale = scratch, *shift = scratch + channels;
  // Two passes, since the mean of squares minus the squared mean would cancel.
  for (size_t c = 0; c < channels; c++) scale[c] = 0;
  for (size_t p = 0; p < pixels; p++)
    for (size_t c = 0; c < channels; c++) scale[c] += x[p * channels + c];
  for (size_t g = 0; g < groups; g++) {
    float sum = 0;
    for (size_t c = g * size; c < (g + 1) * size; c++) sum += scale[c];
    mean[g] = sum * share;
    for (size_t c = g * size; c < (g + 1) * size; c++) shift[c] = mean[g], scale[c] = 0;
  }
  for (size_t p = 0; p < pixels; p++)
    for (size_t c = 0; c < channels; c++) {
      float d = x[p * channels + c] - shift[c];
      scale[c] += d * d;
    }
  for (size_t g = 0; g < groups; g++) {
    float sum = 0;
    for (size_t c = g * size; c < (g + 1) * size; c++) sum += scale[c];
    rstd[g] = 1.0f / __builtin_sqrtf(sum * share + epsilon);
    for (size_t c = g * size; c < (g + 1) * size; c++) {
      scale[c] = rstd[g] * gain[c];
      shift[c] = bias[c] - mean[g] * scale[c];
    }
  }
  for (size_t p = 0; p < pixels; p++)
    for (size_t c = 0; c < channels; c++) y[p * channels + c] = x[p * channels + c] * scale[c] + shift[c];
}

CLONES void ck_group_norm_backward(const float *restrict x, const float *restrict gain,
                                   const float *restrict mean, const float *restrict rstd,
                                   const float *restrict dy, float *restrict dx, float *restrict dgain,
                                   float *restrict dbias, float *restrict scratch, size_t pixels,
                                   size_t channels, size_t groups) {
#pragma clang fp contract(fast)
  const size_t size = channels / groups;
  const float share = 1.0f / (float)(pixels * size);
  float *center = scratch, *root = center + channels, *plain = root + channels, *along = plain + channels;
  for (size_t c = 0; c < channels; c++) {
    center[c] = mean[c / size];
    root[c] = rstd[c / size];
    plain[c] = along[c] = 0;
  }
  for (size_t p = 0; p < pixels; p++)
    for (size_t c = 0; c < channels; c++) {
      float d = dy[p * channels + c];
      plain[c] += d;
      along[c] += d * (x[p * channels + c] - center[c]) * root[c];
    }
  for (size_t c = 0; c < channels; c++) {
    dgain[c] += along[c];
    dbias[c] += plain[c];
  }
  // dx = rstd (gain dy - mean(gain dy) - x̂ mean(gain dy x̂)), means over the group.
  for (size_t g = 0; g < groups; g++) {
    float a = 0, b = 0;
    for (size_t c = g * size; c < (g + 1) * size; c++) a += gain[c] * plain[c], b += gain[c] * along[c];
    float slope = rstd[g] * rstd[g] * b * share;
    for (size_t c = g * size; c < (g + 1) * size; c++) {
      root[c] = rstd[g] * gain[c];
      plain[c] = rstd[g] * a * share;
      along[c] = slope;
    }
  }
  for (size_t p = 0; p < pixels; p++)
    for (size_t c = 0; c < channels; c++) {
      size_t i = p * channels + c;
      dx[i] = dy[i] * root[c] - plain[c] - (x[i] - center[c]) * along[c];
    }
}

CLONES void ck_swish(const float *restrict x, float *restrict y, size_t n) {
#pragma clang fp contract(fast)
  for (size_t i = 0; i < n; i++) y[i] = x[i] / (1.0f + exp_approximate(-x[i]));
}

CLONES void ck_swish_backward(const float *restrict x, const float *restrict dy, float *restrict dx,
                              size_t n) {
#pragma clang fp contract(fast)
  for (size_t i = 0; i < n; i++) {
    float s = 1.0f / (1.0f + exp_approximate(-x[i]));
    dx[i] = dy[i] * s * (1.0f + x[i] * (1.0f - s));
  }
}

CLONES void ck_leaky_relu(const float *restrict x, float *restrict y, float slope, size_t n) {
  for (size_t i = 0; i < n; i++) y[i] = x[i] > 0 ? x[i] : slope * x[i];
}

CLONES void ck_leaky_relu_backward(const float *restrict x, const float *restrict dy, float *restrict dx,
                                   float slope, size_t n) {
  for (size_t i = 0; i < n; i++) dx[i] = x[i] > 0 ? dy[i] : slope * dy[i];
}

CLONES void ck_softmax_rows(float *restrict x, size_t rows, size_t columns, float scale) {
#pragma clang fp contract(fast)
  for (size_t r = 0; r < rows; r++) {
    float *row = x + r * columns;
    float sum = exponentiate(row, columns, scale, largest(row, columns) * scale), inverse = 1.0f / sum;
    for (size_t i = 0; i < columns; i++) row[i] *= inverse;
  }
}
