#include "CKernels.h"
#include "clones.h"

// The part lo..<hi of a kernel row that lies inside the image.
INLINE void inside(ptrdiff_t start, size_t kernel, size_t extent, size_t *lo, size_t *hi) {
  ptrdiff_t end = (ptrdiff_t)extent - start;
  *lo = start < 0 ? (size_t)-start : 0;
  *hi = end < 0 ? 0 : (size_t)end < kernel ? (size_t)end : kernel;
  if (*lo > *hi) *lo = *hi;
}

// Where in an image the pixel lies under kernel position (y, x) of a patch whose corner is (top, left).
INLINE size_t pixel(const ck_window *w, ptrdiff_t top, size_t y, ptrdiff_t left, size_t x) {
  size_t row = (size_t)(top + (ptrdiff_t)y), column = (size_t)(left + (ptrdiff_t)x);
  return (row * w->width + column) * w->channels;
}

void ck_patches(const float *x, float *patches, const ck_window *w, size_t first, size_t last) {
  const size_t c = w->channels, k = w->kernel, line = k * c;
  for (size_t r = first; r < last; r++) {
    const float *image = x + r / w->out_height * w->height * w->width * c;
    const ptrdiff_t top = (ptrdiff_t)(r % w->out_height * w->stride) - (ptrdiff_t)w->top;
    size_t ylo, yhi;
    inside(top, k, w->height, &ylo, &yhi);
    for (size_t j = 0; j < w->out_width; j++) {
      const ptrdiff_t left = (ptrdiff_t)(j * w->stride) - (ptrdiff_t)w->left;
      size_t lo, hi;
      inside(left, k, w->width, &lo, &hi);
      if (ylo > 0) memset(patches, 0, ylo * line * sizeof(float));
      for (size_t y = ylo; y < yhi; y++) {
        float *out = patches + y * line;
        const float *in = image + pixel(w, top, y, left, lo);
        if (lo > 0) memset(out, 0, lo * c * sizeof(float));
        memcpy(out + lo * c, in, (hi - lo) * c * sizeof(float));
        if (hi < k) memset(out + hi * c, 0, (k - hi) * c * sizeof(float));
      }
      if (yhi < k) memset(patches + yhi * line, 0, (k - yhi) * line * sizeof(float));
      patches += k * line;
    }
  }
}

CLONES void ck_patches_adjoint(const float *restrict patches, float *restrict x, const ck_window *w,
                               size_t first, size_t last) {
  const size_t c = w->channels, k = w->kernel, line = k * c;
  for (size_t r = first; r < last; r++) {
    float *image = x + r / w->out_height * w->height * w->width * c;
    const ptrdiff_t top = (ptrdiff_t)(r % w->out_height * w->stride) - (ptrdiff_t)w->top;
    size_t ylo, yhi;
    inside(top, k, w->height, &ylo, &yhi);
    for (size_t j = 0; j < w->out_width; j++) {
      const ptrdiff_t left = (ptrdiff_t)(j * w->stride) - (ptrdiff_t)w->left;
      size_t lo, hi;
      inside(left, k, w->width, &lo, &hi);
      for (size_t y = ylo; y < yhi; y++) {
        const float *in = patches + y * line + lo * c;
        float *out = image + pixel(w, top, y, left, lo);
        for (size_t i = 0; i < (hi - lo) * c; i++) out[i] += in[i];
      }
      patches += k * line;
    }
  }
}

CLONES void ck_pack_kernel(const float *restrict kernel, float *restrict packed, size_t outputs,
                           size_t inputs, size_t taps) {
  for (size_t o = 0; o < outputs; o++)
    for (size_t t = 0; t < taps; t++) {
      const float *in = kernel + o * inputs * taps + t;
      float *out = packed + (o * taps + t) * inputs;
      for (size_t i = 0; i < inputs; i++) out[i] = in[i * taps];
    }
}

CLONES void ck_unpack_kernel(const float *restrict packed, float *restrict kernel, size_t outputs,
                             size_t inputs, size_t taps) {
  for (size_t o = 0; o < outputs; o++)
    for (size_t i = 0; i < inputs; i++) {
      const float *in = packed + o * taps * inputs + i;
      float *out = kernel + (o * inputs + i) * taps;
      for (size_t t = 0; t < taps; t++) out[t] += in[t * inputs];
    }
}

CLONES void ck_fill_rows(float *restrict y, const float *restrict bias, size_t rows, size_t columns) {
  for (size_t r = 0; r < rows; r++)
    for (size_t i = 0; i < columns; i++) y[r * columns + i] = bias[i];
}

CLONES void ck_column_sums(const float *restrict x, float *restrict sum, size_t rows, size_t columns) {
  size_t r = 0;
  for (; r + 4 <= rows; r += 4) {
    const float *a = x + r * columns, *b = a + columns, *c = b + columns, *d = c + columns;
    for (size_t i = 0; i < columns; i++) sum[i] += (a[i] + b[i]) + (c[i] + d[i]);
  }
  for (; r < rows; r++)
    for (size_t i = 0; i < columns; i++) sum[i] += x[r * columns + i];
}

void ck_double(const float *x, float *y, size_t height, size_t width, size_t channels) {
  const size_t line = 2 * width * channels;
  for (size_t i = 0; i < height; i++) {
    float *out = y + 2 * i * line;
    for (size_t j = 0; j < width; j++) {
      const float *in = x + (i * width + j) * channels;
      memcpy(out + 2 * j * channels, in, channels * sizeof(float));
      memcpy(out + (2 * j + 1) * channels, in, channels * sizeof(float));
    }
    memcpy(out + line, out, line * sizeof(float));
  }
}

CLONES void ck_double_adjoint(const float *restrict dy, float *restrict dx, size_t height, size_t width,
                              size_t channels) {
  const size_t line = 2 * width * channels;
  for (size_t i = 0; i < height; i++)
    for (size_t j = 0; j < width; j++) {
      const float *a = dy + 2 * i * line + 2 * j * channels, *b = a + line;
      float *out = dx + (i * width + j) * channels;
      for (size_t c = 0; c < channels; c++) out[c] = (a[c] + a[c + channels]) + (b[c] + b[c + channels]);
    }
}
