#define ELEMENT float
#define WIDEN(x) (x)
#define NARROW(x) (x)
#define TABLE ck_float32
#include "activations.inc"
