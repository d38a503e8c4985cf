#include "CKernels.h"
#include "clones.h"

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

CLONES void ck_layernorm_backward(const float *restrict x, const float *restrict gain, const float *restrict rstd,
                                  const float *restrict dy, float *restrict dx, float *restrict dgain,
                                  float *restrict dbias, size_t rows, size_t columns) {
#pragma clang fp contract(fast) reassociate(on)
  for (size_t r = 0; r < rows; r++) {
    const float *in = x + r * columns, *d = dy + r * columns;
    float *out = dx + r * columns;
    float q = rstd[r], mean = row_mean(in, columns), sum = 0, along = 0;
    for (size_t i = 0; i < columns; i++) {
      sum += d[i] * gain[i];
      along += d[i] * gain[i] * ((in[i] - mean) * q);
    }
    sum /= (float)columns;
    along /= (float)columns;
    for (size_t i = 0; i < columns; i++) {
      float unit = (in[i] - mean) * q;
      out[i] += q * (d[i] * gain[i] - sum - unit * along);
      dgain[i] += d[i] * unit;
      dbias[i] += d[i];
    }
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

CLONES void ck_negative_entropy(const float *restrict logits, float *restrict score, size_t rows, size_t columns) {
#pragma clang fp contract(fast) reassociate(on)
  for (size_t r = 0; r < rows; r++) {
    const float *row = logits + r * columns;
    float top = largest(row, columns), sum = 0, dot = 0;
    for (size_t i = 0; i < columns; i++) {
      float e = exp_approximate(row[i] - top);
      sum += e;
      dot += e * (row[i] - top);
    }
    score[r] = dot / sum - logf(sum);
  }
}

CLONES void ck_log_margin(const float *restrict logits, float *restrict score, size_t rows, size_t columns) {
  for (size_t r = 0; r < rows; r++) {
    const float *row = logits + r * columns;
    float top = largest(row, columns);
    size_t winner = 0;
    while (row[winner] != top && winner + 1 < columns) winner++;
    float below = largest(row, winner), behind = largest(row + winner + 1, columns - winner - 1);
    float second = below > behind ? below : behind;
    score[r] = second > -INFINITY ? top - second : INFINITY;
  }
}
