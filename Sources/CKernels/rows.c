#include "CKernels.h"
#include "clones.h"

CLONES void ck_rmsnorm(const float *restrict x, const float *restrict gain, float *restrict y,
                       float *restrict rstd, size_t rows, size_t columns, float epsilon) {
#pragma clang fp contract(fast) reassociate(on)
  for (size_t r = 0; r < rows; r++) {
    const float *in = x + r * columns;
    float *out = y + r * columns;
    float sum = 0;
    for (size_t i = 0; i < columns; i++) sum += in[i] * in[i];
    float q = 1.0f / __builtin_sqrtf(sum / (float)columns + epsilon);
    rstd[r] = q;
    for (size_t i = 0; i < columns; i++) out[i] = in[i] * q * gain[i];
  }
}

CLONES void ck_rmsnorm_backward(const float *restrict x, const float *restrict gain, const float *restrict rstd,
                                const float *restrict dy, float *restrict dx, float *restrict dgain, size_t rows,
                                size_t columns) {
#pragma clang fp contract(fast) reassociate(on)
  for (size_t r = 0; r < rows; r++) {
    const float *in = x + r * columns, *d = dy + r * columns;
    float *out = dx + r * columns;
    float q = rstd[r], sum = 0;
    for (size_t i = 0; i < columns; i++) sum += d[i] * gain[i] * in[i];
    float k = sum * q * q * q / (float)columns;
    for (size_t i = 0; i < columns; i++) {
      out[i] += d[i] * gain[i] * q - in[i] * k;
      dgain[i] += d[i] * in[i] * q;
    }
  }
}

CLONES void ck_rotate(float *restrict x, size_t stride, size_t rows, size_t heads, size_t head,
                      const float *restrict cosine, const float *restrict sine, const int32_t *restrict location,
                      float direction) {
#pragma clang fp contract(fast)
  for (size_t r = 0; r < rows; r++) {
    const float *c = cosine + (size_t)location[r] * head, *s = sine + (size_t)location[r] * head;
    for (size_t k = 0; k < heads; k++) {
      float *pair = x + r * stride + k * head;
      for (size_t i = 0; i < head; i += 2) {
        float a = pair[i], b = pair[i + 1];
        pair[i] = a * c[i] + b * s[i] * direction;
        pair[i + 1] = b * c[i + 1] + a * s[i + 1] * direction;
      }
    }
  }
}

CLONES void ck_cross_entropy(float *restrict logits, const int32_t *restrict target, float *restrict loss,
                             size_t rows, size_t columns, float weight) {
#pragma clang fp contract(fast)
  for (size_t r = 0; r < rows; r++) {
    float *row = logits + r * columns;
    float top = largest(row, columns), hit = row[target[r]];
    float sum = exponentiate(row, columns, 1.0f, top);
    loss[r] = (top - hit) + logf(sum);
    float factor = weight / sum;
    for (size_t i = 0; i < columns; i++) row[i] *= factor;
    row[target[r]] -= weight;
  }
}

CLONES void ck_log_confidence(const float *restrict logits, float *restrict score, int32_t *restrict best,
                              size_t rows, size_t columns) {
#pragma clang fp contract(fast) reassociate(on)
  for (size_t r = 0; r < rows; r++) {
    const float *row = logits + r * columns;
    float top = largest(row, columns);
    size_t winner = 0;
    while (row[winner] != top && winner + 1 < columns) winner++;
    // The winner's own term is left out of the sum, so that confidences near 1 keep their resolution.
    float others = 0;
    for (size_t i = 0; i < winner; i++) others += exp_approximate(row[i] - top);
    for (size_t i = winner + 1; i < columns; i++) others += exp_approximate(row[i] - top);
    score[r] = -log1pf(others);
    best[r] = (int32_t)winner;
  }
}
