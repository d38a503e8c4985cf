#include "CKernels.h"
#include "clones.h"

CLONES void ck_axpy(float *restrict y, const float *restrict x, float a, size_t n) {
#pragma clang fp contract(fast)
  for (size_t i = 0; i < n; i++) y[i] += a * x[i];
}
