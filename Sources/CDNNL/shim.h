// oneDNN's matrix product, behind a few functions that read the same for its versions 2 and 3.
#pragma once
#include <oneapi/dnnl/dnnl.h>
#include <stdint.h>
#include <stdlib.h>

extern void omp_set_num_threads(int);

// A planned product c (m, n) <- a (m, k) · b (k, n) (+ c), bfloat16 factors. Its memories are pointed elsewhere for
// every run, so one plan serves one thread at a time.
typedef struct {
  dnnl_primitive_t primitive;
  dnnl_memory_t a, b, c, scratch;
  void *scratch_bytes;
  dnnl_stream_t stream;
} od_plan;

// Element distances between neighbours along both axes of a factor, in elements.
typedef struct {
  int64_t row, column;
} od_strides;

// Weights in the blocked layout that oneDNN's kernels want.
typedef struct {
  dnnl_memory_t memory;
  void *bytes;
} od_packed;

static inline dnnl_engine_t od_engine(void) {
  static dnnl_engine_t engine;
  static int made;
  if (!made) made = dnnl_engine_create(&engine, dnnl_cpu, 0) == dnnl_success ? 1 : -1;
  return made > 0 ? engine : NULL;
}

// Whether this CPU multiplies bfloat16 natively.
static inline int od_has_bfloat16(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  return __builtin_cpu_supports("avx512bf16") != 0;
#else
  return 0;
#endif
}

static inline void *od_allocate(size_t bytes) { return aligned_alloc(64, (bytes + 127) / 64 * 64); }

#if DNNL_VERSION_MAJOR >= 3
typedef dnnl_memory_desc_t od_descriptor;
typedef const_dnnl_memory_desc_t od_queried;
static inline int od_describe(od_descriptor *out, int64_t rows, int64_t columns, dnnl_data_type_t type,
                              const od_strides *strides) {
  dnnl_dims_t sizes = {rows, columns};
  if (!strides) return dnnl_memory_desc_create_with_tag(out, 2, sizes, type, dnnl_format_tag_any);
  dnnl_dims_t steps = {strides->row, strides->column};
  return dnnl_memory_desc_create_with_strides(out, 2, sizes, type, steps);
}
static inline void od_forget(od_descriptor *d) { dnnl_memory_desc_destroy(*d); }
static inline int od_describe_product(dnnl_primitive_desc_t *out, od_descriptor *a, od_descriptor *b,
                                      od_descriptor *c, dnnl_primitive_attr_t attributes) {
  return dnnl_matmul_primitive_desc_create(out, od_engine(), *a, *b, NULL, *c, attributes);
}
static inline int od_append_sum(dnnl_post_ops_t operations) {
  return dnnl_post_ops_append_sum(operations, 1.0f, 0, dnnl_data_type_undef);
}
static inline int od_reorder(dnnl_primitive_desc_t *out, od_descriptor *from, od_queried to) {
  return dnnl_reorder_primitive_desc_create(out, *from, od_engine(), to, od_engine(), NULL);
}
#else
typedef dnnl_memory_desc_t od_descriptor;
typedef const dnnl_memory_desc_t *od_queried;
static inline int od_describe(od_descriptor *out, int64_t rows, int64_t columns, dnnl_data_type_t type,
                              const od_strides *strides) {
  dnnl_dims_t sizes = {rows, columns};
  if (!strides) return dnnl_memory_desc_init_by_tag(out, 2, sizes, type, dnnl_format_tag_any);
  dnnl_dims_t steps = {strides->row, strides->column};
  return dnnl_memory_desc_init_by_strides(out, 2, sizes, type, steps);
}
static inline void od_forget(od_descriptor *d) { (void)d; }
static inline int od_describe_product(dnnl_primitive_desc_t *out, od_descriptor *a, od_descriptor *b,
                                      od_descriptor *c, dnnl_primitive_attr_t attributes) {
  dnnl_matmul_desc_t product;
  if (dnnl_matmul_desc_init(&product, a, b, NULL, c) != dnnl_success) return 1;
  return dnnl_primitive_desc_create(out, &product, attributes, od_engine(), NULL);
}
static inline int od_append_sum(dnnl_post_ops_t operations) {
  return dnnl_post_ops_append_sum(operations, 1.0f);
}
static inline int od_reorder(dnnl_primitive_desc_t *out, od_descriptor *from, od_queried to) {
  return dnnl_reorder_primitive_desc_create(out, from, od_engine(), to, od_engine(), NULL);
}
#endif

static inline size_t od_size(od_queried d) { return dnnl_memory_desc_get_size(d); }
static inline int od_memory(dnnl_memory_t *out, od_queried d, void *bytes) {
  return dnnl_memory_create(out, d, od_engine(), bytes);
}

// The layout of packed weights.
static inline int od_layout(const od_packed *packed, od_descriptor *out) {
#if DNNL_VERSION_MAJOR >= 3
  const_dnnl_memory_desc_t layout = NULL;
  return dnnl_memory_get_memory_desc(packed->memory, &layout) || dnnl_memory_desc_clone(out, layout);
#else
  const dnnl_memory_desc_t *layout = NULL;
  if (dnnl_memory_get_memory_desc(packed->memory, &layout)) return 1;
  *out = *layout;
  return 0;
#endif
}

#if DNNL_VERSION_MAJOR >= 3
#define OD_AT(d) (d)
#else
#define OD_AT(d) (&(d))
#endif

// Plans a product. `packed` not null: b is packed weights of this layout, and b_strides mean nothing.
// Returns 0 on success. Plans are kept as long as the process lives.
static inline int od_plan_create(od_plan *plan, int64_t m, int64_t n, int64_t k, od_strides a_strides,
                                 od_strides b_strides, const od_packed *packed, od_strides c_strides,
                                 int c_is_float, int adding) {
  *plan = (od_plan){0};
  if (!od_engine()) return 1;
  omp_set_num_threads(1);
  od_descriptor a, b, c;
  dnnl_primitive_attr_t attributes = NULL;
  dnnl_post_ops_t operations = NULL;
  dnnl_primitive_desc_t description = NULL;
  int failed = od_describe(&a, m, k, dnnl_bf16, &a_strides);
  failed |= packed ? od_layout(packed, &b) : od_describe(&b, k, n, dnnl_bf16, &b_strides);
  failed |= od_describe(&c, m, n, c_is_float ? dnnl_f32 : dnnl_bf16, &c_strides);
  if (failed) return 1;
  failed = dnnl_primitive_attr_create(&attributes) != dnnl_success;
  if (!failed) failed = dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user);
  if (!failed && adding) {
    failed = dnnl_post_ops_create(&operations) || od_append_sum(operations) ||
             dnnl_primitive_attr_set_post_ops(attributes, operations);
  }
  if (!failed) failed = od_describe_product(&description, &a, &b, &c, attributes);
  if (!failed) failed = dnnl_primitive_create(&plan->primitive, description);
  if (!failed) failed = dnnl_stream_create(&plan->stream, od_engine(), dnnl_stream_default_flags);
  if (!failed) failed = od_memory(&plan->a, OD_AT(a), DNNL_MEMORY_NONE);
  if (!failed && !packed) failed = od_memory(&plan->b, OD_AT(b), DNNL_MEMORY_NONE);
  if (!failed) failed = od_memory(&plan->c, OD_AT(c), DNNL_MEMORY_NONE);
  if (!failed) {
    od_queried scratch = dnnl_primitive_desc_query_md(description, dnnl_query_scratchpad_md, 0);
    size_t bytes = scratch ? od_size(scratch) : 0;
    plan->scratch_bytes = od_allocate(bytes);
    failed = plan->scratch_bytes == NULL || od_memory(&plan->scratch, scratch, plan->scratch_bytes);
  }
  if (description) dnnl_primitive_desc_destroy(description);
  if (operations) dnnl_post_ops_destroy(operations);
  if (attributes) dnnl_primitive_attr_destroy(attributes);
  od_forget(&a);
  od_forget(&b);
  od_forget(&c);
  return failed;
}

// Runs a plan on the calling thread. `packed` null: b is read at `b`.
static inline int od_plan_run(const od_plan *plan, const void *a, const void *b, const od_packed *packed, void *c) {
  omp_set_num_threads(1);
  dnnl_memory_set_data_handle(plan->a, (void *)a);
  if (!packed) dnnl_memory_set_data_handle(plan->b, (void *)b);
  dnnl_memory_set_data_handle(plan->c, c);
  dnnl_exec_arg_t arguments[] = {
      {DNNL_ARG_SRC, plan->a},
      {DNNL_ARG_WEIGHTS, packed ? packed->memory : plan->b},
      {DNNL_ARG_DST, plan->c},
      {DNNL_ARG_SCRATCHPAD, plan->scratch},
  };
  return dnnl_primitive_execute(plan->primitive, plan->stream, 4, arguments) != dnnl_success;
}

// Makes room for a (k, n) factor in the layout that products of any number of rows read.
static inline int od_packed_create(od_packed *packed, int64_t k, int64_t n) {
  *packed = (od_packed){0};
  if (!od_engine()) return 1;
  omp_set_num_threads(1);
  od_strides plain_a = {k, 1}, plain_c = {n, 1};
  od_descriptor a, b, c;
  dnnl_primitive_desc_t description = NULL;
  int failed = od_describe(&a, 256, k, dnnl_bf16, &plain_a);
  failed |= od_describe(&b, k, n, dnnl_bf16, NULL);
  failed |= od_describe(&c, 256, n, dnnl_f32, &plain_c);
  if (failed) return 1;
  failed = od_describe_product(&description, &a, &b, &c, NULL);
  if (!failed) {
    od_queried weights = dnnl_primitive_desc_query_md(description, dnnl_query_weights_md, 0);
    packed->bytes = od_allocate(od_size(weights));
    failed = packed->bytes == NULL || od_memory(&packed->memory, weights, packed->bytes);
  }
  if (description) dnnl_primitive_desc_destroy(description);
  od_forget(&a);
  od_forget(&b);
  od_forget(&c);
  return failed;
}

// Fills it from floats.
static inline int od_packed_fill(const od_packed *packed, int64_t k, int64_t n, const float *values,
                                 od_strides strides) {
  omp_set_num_threads(1);
  od_descriptor from;
  if (od_describe(&from, k, n, dnnl_f32, &strides)) return 1;
  dnnl_primitive_desc_t description = NULL;
  dnnl_primitive_t primitive = NULL;
  dnnl_memory_t source = NULL;
  dnnl_stream_t stream = NULL;
  od_descriptor to;
  if (od_layout(packed, &to)) return 1;
  int failed = od_reorder(&description, &from, OD_AT(to));
  if (!failed) failed = dnnl_primitive_create(&primitive, description);
  if (!failed) failed = dnnl_stream_create(&stream, od_engine(), dnnl_stream_default_flags);
  if (!failed) failed = od_memory(&source, OD_AT(from), (void *)values);
  if (!failed) {
    dnnl_exec_arg_t arguments[] = {{DNNL_ARG_FROM, source}, {DNNL_ARG_TO, packed->memory}};
    failed = dnnl_primitive_execute(primitive, stream, 2, arguments);
  }
  if (source) dnnl_memory_destroy(source);
  if (stream) dnnl_stream_destroy(stream);
  if (primitive) dnnl_primitive_destroy(primitive);
  if (description) dnnl_primitive_desc_destroy(description);
  od_forget(&from);
  od_forget(&to);
  return failed;
}

static inline void od_packed_destroy(od_packed *packed) {
  if (packed->memory) dnnl_memory_destroy(packed->memory);
  free(packed->bytes);
  *packed = (od_packed){0};
}
