// Kernels of the image layers. Images are NHWC: batch, height, width, channels, channels adjacent.
#pragma once
#include <stddef.h>
#include <stdint.h>

// How a square kernel moves over an image; rows above `top` and columns left of `left` are zeros, as is what
// lies beyond the bottom and the right edge.
typedef struct {
  size_t height, width, channels;
  size_t kernel, stride, top, left;
  size_t out_height, out_width;
} ck_window;

// patches.c Writes the patches of the output rows first..<last of the batch (row r belongs to image r /
// out_height), each patch kernel·kernel·channels floats in the order (row, column, channel).
void ck_patches(const float *x, float *patches, const ck_window *window, size_t first, size_t last);
// The adjoint: adds every patch back to where it was read.
void ck_patches_adjoint(const float *patches, float *x, const ck_window *window, size_t first, size_t last);
// (outputs, inputs, taps) to (outputs, taps, inputs).
void ck_pack_kernel(const float *kernel, float *packed, size_t outputs, size_t inputs, size_t taps);
// Adds (outputs, taps, inputs) to (outputs, inputs, taps).
void ck_unpack_kernel(const float *packed, float *kernel, size_t outputs, size_t inputs, size_t taps);
// y[r] = bias
void ck_fill_rows(float *y, const float *bias, size_t rows, size_t columns);
// sum[c] += sum over rows of x[r][c]
void ck_column_sums(const float *x, float *sum, size_t rows, size_t columns);
// Each pixel becomes a square of 2 x 2; the adjoint sums the square.
void ck_double(const float *x, float *y, size_t height, size_t width, size_t channels);
void ck_double_adjoint(const float *dy, float *dx, size_t height, size_t width, size_t channels);

// imagenorm.c
// One image: y = (x - mean) * rstd * gain + bias with statistics over all pixels and the channels of a group.
// Keeps mean and rstd of every group. `scratch` holds 2 * channels floats.
void ck_group_norm(const float *x, const float *gain, const float *bias, float *y, float *mean, float *rstd,
                   float *scratch, size_t pixels, size_t channels, size_t groups, float epsilon);
// Writes dx, adds to dgain and dbias. `scratch` holds 4 * channels floats.
void ck_group_norm_backward(const float *x, const float *gain, const float *mean, const float *rstd,
                            const float *dy, float *dx, float *dgain, float *dbias, float *scratch,
                            size_t pixels, size_t channels, size_t groups);
// y = x * sigmoid(x), and dx = dy * d/dx.
void ck_swish(const float *x, float *y, size_t n);
void ck_swish_backward(const float *x, const float *dy, float *dx, size_t n);
// y = x where x > 0, else slope * x, and dx = dy * d/dx.
void ck_leaky_relu(const float *x, float *y, float slope, size_t n);
void ck_leaky_relu_backward(const float *x, const float *dy, float *dx, float slope, size_t n);
// x <- softmax(scale * x) of every row; ck_softmax_backward is the derivative.
void ck_softmax_rows(float *x, size_t rows, size_t columns, float scale);

// codes.c
// unit = x / max(|x|, 1e-12) for every row; keeps max(|x|, 1e-12).
void ck_normalize_rows(const float *x, float *unit, float *length, size_t rows, size_t columns);
// dx = (d - unit (unit · d)) / length for every row, written over d.
void ck_normalize_rows_backward(const float *unit, const float *length, float *d, size_t rows,
                                size_t columns);
// The first index of the largest value of every row.
void ck_largest_index(const float *x, int32_t *index, size_t rows, size_t columns);
// Sum of (a - b)^2, accumulated in double.
double ck_squared_distance(const float *a, const float *b, size_t n);
// y = clamp(127.5 x + 128, 0, 255) truncated.
void ck_pixels(const float *x, uint8_t *y, size_t n);
