#include "CKernels.h"
#include "clones.h"

// Vectors stay inside functions: how one is passed would depend on the clone.
#define AT(p) (*(lanes *)(p))
#define FROM(p) (*(const lanes *)(p))
#define RELU6(v) \
  __builtin_elementwise_min(__builtin_elementwise_max((v), (lanes){0}), (lanes){0} + 6.0f)

// One output pixel at an edge: taps outside the row are skipped.
INLINE void edge(const float *const *rows, const float *weight, const float *bias, ptrdiff_t first,
                 size_t width, size_t channels, size_t kernel, float *out) {
#pragma clang fp contract(fast)
  lanes sum = FROM(bias);
  for (size_t y = 0; y < kernel; y++) {
    if (!rows[y]) continue;
    for (size_t x = 0; x < kernel; x++) {
      ptrdiff_t column = first + (ptrdiff_t)x;
      if (column < 0 || column >= (ptrdiff_t)width) continue;
      sum += FROM(rows[y] + column * channels) * FROM(weight + (y * kernel + x) * channels);
    }
  }
  AT(out) = RELU6(sum);
}

// Four output pixels whose taps are all inside: a weight is loaded once for the four.
INLINE void inner(const float *const *rows, const float *weight, const float *bias, size_t first,
                  size_t channels, size_t kernel, size_t stride, float *out) {
#pragma clang fp contract(fast)
  lanes a = FROM(bias), b = a, c = a, d = a;
  for (size_t y = 0; y < kernel; y++) {
    if (!rows[y]) continue;
    const float *row = rows[y] + first * channels;
    for (size_t x = 0; x < kernel; x++) {
      lanes w = FROM(weight + (y * kernel + x) * channels);
      a += FROM(row + x * channels) * w;
      b += FROM(row + (x + stride) * channels) * w;
      c += FROM(row + (x + 2 * stride) * channels) * w;
      d += FROM(row + (x + 3 * stride) * channels) * w;
    }
  }
  AT(out) = RELU6(a);
  AT(out + channels) = RELU6(b);
  AT(out + 2 * channels) = RELU6(c);
  AT(out + 3 * channels) = RELU6(d);
}

INLINE void row(const float *const *rows, const float *weight, const float *bias, float *out, size_t width,
                size_t out_width, size_t channels, size_t kernel, size_t stride, size_t before) {
  for (size_t start = 0; start < channels; start += 16) {
    const float *shifted[5] = {0};
    for (size_t y = 0; y < kernel; y++) shifted[y] = rows[y] ? rows[y] + start : 0;
    const float *w = weight + start;
    size_t x = 0;
    while (x < out_width) {
      ptrdiff_t first = (ptrdiff_t)(x * stride) - (ptrdiff_t)before;
      if (first >= 0 && x + 4 <= out_width && (size_t)first + 3 * stride + kernel <= width) {
        inner(shifted, w, bias + start, (size_t)first, channels, kernel, stride, out + x * channels + start);
        x += 4;
      } else {
        edge(shifted, w, bias + start, first, width, channels, kernel, out + x * channels + start);
        x += 1;
      }
    }
  }
}

CLONES void ck_depthwise_relu6(const float *const *rows, const float *weight, const float *bias, float *out,
                               size_t width, size_t out_width, size_t channels, size_t kernel, size_t stride,
                               size_t before) {
  if (kernel == 3 && stride == 1)
    row(rows, weight, bias, out, width, out_width, channels, 3, 1, before);
  else if (kernel == 3)
    row(rows, weight, bias, out, width, out_width, channels, 3, 2, before);
  else if (stride == 1)
    row(rows, weight, bias, out, width, out_width, channels, 5, 1, before);
  else
    row(rows, weight, bias, out, width, out_width, channels, 5, 2, before);
}

CLONES void ck_depthwise_adjoint(float *const *rows, const float *weight, const float *dy, size_t width,
                                 size_t out_width, size_t channels, size_t kernel, size_t stride,
                                 size_t before) {
#pragma clang fp contract(fast)
  for (size_t start = 0; start < channels; start += 16)
    for (size_t x = 0; x < out_width; x++) {
      const ptrdiff_t first = (ptrdiff_t)(x * stride) - (ptrdiff_t)before;
      const lanes d = FROM(dy + x * channels + start);
      for (size_t y = 0; y < kernel; y++) {
        if (!rows[y]) continue;
        for (size_t t = 0; t < kernel; t++) {
          const ptrdiff_t column = first + (ptrdiff_t)t;
          if (column >= 0 && column < (ptrdiff_t)width)
            AT(rows[y] + column * channels + start) += d * FROM(weight + (y * kernel + t) * channels + start);
        }
      }
    }
}

CLONES void ck_relu6_backward(const float *restrict y, float *restrict dy, size_t n) {
  for (size_t i = 0; i < n; i++) dy[i] = y[i] > 0 && y[i] < 6 ? dy[i] : 0;
}

CLONES void ck_bias_relu6(float *x, const float *bias, size_t rows, size_t columns) {
  for (size_t r = 0; r < rows; r++) {
    float *line = x + r * columns;
    for (size_t c = 0; c < columns; c += 16) AT(line + c) = RELU6(AT(line + c) + FROM(bias + c));
  }
}

CLONES void ck_bias_rows(float *restrict x, const float *restrict bias, const float *restrict residual,
                         size_t rows, size_t columns) {
  for (size_t r = 0; r < rows; r++)
    for (size_t c = 0; c < columns; c++)
      x[r * columns + c] = bias[c] + (residual ? residual[r * columns + c] : 0);
}

CLONES void ck_column_means(const float *restrict x, float *restrict mean, size_t rows, size_t columns) {
  for (size_t c = 0; c < columns; c++) mean[c] = 0;
  for (size_t r = 0; r < rows; r++)
    for (size_t c = 0; c < columns; c++) mean[c] += x[r * columns + c];
  for (size_t c = 0; c < columns; c++) mean[c] /= (float)rows;
}
