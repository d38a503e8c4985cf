// Attention of a few new rows on cached keys and values, one table for each way of storing them.
//
// The cache of one sequence in one block holds a part for each head: its keys, then its values. Keys lie in groups of
// 16 slots, in a group by element with the slots side by side; values lie by slot, elements side by side. Both
// products then run along whole vectors and read the memory in sequence. bfloat16 elements lie in pairs, keys two
// elements and values two slots at a time, as the CPU's dot products take them. The number of slots is a multiple of
// 16 and the memory starts as zeros.
#pragma once
#include <stddef.h>

typedef struct {
  const void *rows;   // queries, keys and values of all heads side by side: (rows, 3 * heads * head)
  size_t count;       // how many rows ask
  size_t heads, head; // `head` is even
  const void *cache;
  size_t slots;       // of the cache
  size_t visible;     // slots that the first row sees; at most `slots` for the last
  size_t step;        // how many more each following row sees
  int own;            // whether a row sees its own key and value, which are not in the cache, as well
} ck_cached_rows;

typedef struct {
  // Puts keys and values (2 * heads * head elements side by side) into a slot.
  void (*store)(const void *row, size_t heads, size_t head, void *cache, size_t slots, size_t slot);
  // out (count, heads * head) = softmax(scale * queries . keys) . values. `scratch`: ck_attend_scratch floats.
  void (*attend)(const ck_cached_rows *rows, float scale, void *out, float *scratch);
} ck_decoding_kernels;

// Elements of the cache of one sequence in one block.
size_t ck_cache_elements(size_t heads, size_t head, size_t slots);
// Floats of scratch memory that `attend` needs.
size_t ck_attend_scratch(size_t head, size_t slots);

extern const ck_decoding_kernels ck_decoding_float32;
extern const ck_decoding_kernels ck_decoding_bfloat16;
// The same without the CPU's own products of bfloat16.
extern const ck_decoding_kernels ck_decoding_bfloat16_portable;
