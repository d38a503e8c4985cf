#include "CKernels.h"
#include "clones.h"

CLONES void ck_normalize_rows(const float *restrict x, float *restrict unit, float *restrict length,
                              size_t rows, size_t columns) {
#pragma clang fp contract(fast) reassociate(on)
  for (size_t r = 0; r < rows; r++) {
    const float *in = x + r * columns;
    float *out = unit + r * columns, sum = 0;
    for (size_t i = 0; i < columns; i++) sum += in[i] * in[i];
    float norm = __builtin_elementwise_sqrt(sum);
    length[r] = norm > 1e-12f ? norm : 1e-12f;
    for (size_t i = 0; i < columns; i++) out[i] = in[i] / length[r];
  }
}

CLONES void ck_normalize_rows_backward(const float *restrict unit, const float *restrict length,
                                       float *restrict d, size_t rows, size_t columns) {
#pragma clang fp contract(fast) reassociate(on)
  for (size_t r = 0; r < rows; r++) {
    const float *u = unit + r * columns;
    float *out = d + r * columns, along = 0, inverse = 1.0f / length[r];
    for (size_t i = 0; i < columns; i++) along += u[i] * out[i];
    for (size_t i = 0; i < columns; i++) out[i] = (out[i] - u[i] * along) * inverse;
  }
}

CLONES void ck_largest_index(const float *restrict x, int32_t *restrict index, size_t rows,
                             size_t columns) {
  for (size_t r = 0; r < rows; r++) {
    const float *row = x + r * columns;
    float top = largest(row, columns);
    size_t i = 0;
    while (i + 1 < columns && row[i] != top) i++;
    index[r] = (int32_t)i;
  }
}

CLONES double ck_squared_distance(const float *restrict a, const float *restrict b, size_t n) {
#pragma clang fp contract(fast) reassociate(on)
  double total = 0;
  for (size_t start = 0; start < n; start += 1024) {
    size_t end = start + 1024 < n ? start + 1024 : n;
    float sum = 0;
    for (size_t i = start; i < end; i++) {
      float d = a[i] - b[i];
      sum += d * d;
    }
    total += sum;
  }
  return total;
}

CLONES void ck_pixels(const float *restrict x, uint8_t *restrict y, size_t n) {
#pragma clang fp contract(off)
  for (size_t i = 0; i < n; i++) {
    float v = 127.5f * x[i] + 128.0f;
    v = v > 0.0f ? v : 0.0f;
    v = v < 255.0f ? v : 255.0f;
    y[i] = (uint8_t)v;
  }
}
