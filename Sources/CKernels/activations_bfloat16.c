#include "bits.h"

#define ELEMENT uint16_t
#define WIDEN(x) widen_bits(x)
#define NARROW(x) narrow_bits(x)
#define TABLE ck_bfloat16
#include "activations.inc"
