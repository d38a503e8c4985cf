// Products of any number of rows with weights that were laid out for them once.
//
// Outputs lie in panels of 16: (panel, inputs, 16), the last one filled up with zeros. Every sum runs over the inputs in
// their order, whatever the number of rows: a row's result depends neither on the others nor, on a CPU with fused
// multiply-add, on the width of its vectors.
#pragma once
#include <stddef.h>

typedef struct {
  const float *x;        // (rows, inputs)
  size_t rows, inputs, x_stride;
  const float *weights;  // packed
  size_t outputs;        // of all panels
  size_t first_panel, panels;  // which to compute
  float *y;              // (rows, outputs)
  size_t y_stride;
  int adding;            // y += instead of y =
} ck_packed_product;

// y = x (rows, inputs) . W^T for the outputs of some panels.
void ck_packed_forward(const ck_packed_product *product);
// Puts a matrix (outputs, inputs) into packed weights, from output `first` on.
void ck_pack(const float *matrix, size_t outputs, size_t inputs, size_t first, float *weights);
