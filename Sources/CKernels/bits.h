// A bfloat16 as its bits: the upper half of a float.
#pragma once
#include <stdint.h>
#include <string.h>

static inline __attribute__((always_inline)) float widen_bits(uint16_t x) {
  uint32_t bits = (uint32_t)x << 16;
  float value;
  memcpy(&value, &bits, 4);
  return value;
}

// Rounds to nearest, ties to even. A NaN stays one as long as its payload is not all ones, which no arithmetic
// makes.
static inline __attribute__((always_inline)) uint16_t narrow_bits(float x) {
  uint32_t bits;
  memcpy(&bits, &x, 4);
  return (uint16_t)((bits + 0x7fffU + ((bits >> 16) & 1U)) >> 16);
}
