// Row-wise kernels with one clone per x86-64 level, chosen at load time. Nothing else is written in C.
#pragma once
#include <stddef.h>
#include <stdint.h>

// y[i] += a * x[i]
void ck_axpy(float *y, const float *x, float a, size_t n);

#include "CKernelsVision.h"
