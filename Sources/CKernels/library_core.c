// Which kernels OpenBLAS takes on a CPU that is younger than itself.
//
// OpenBLAS knows CPUs by their model numbers. One that it does not know it may take for a Prescott of 2004, and then
// multiplies matrices at a small part of the CPU's speed (0.3.21 does so with Intel's Emerald Rapids). What the CPU can do
// is asked here instead, before anything is computed, unless OPENBLAS_CORETYPE says what to take.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <strings.h>

#include "CKernels.h"

// Cores without AVX2, by the names of OpenBLAS's kernels.
static const char *const narrow[] = {
    "Katmai", "Coppermine", "Northwood", "Prescott", "Banias", "Atom", "Core2", "Penryn", "Dunnington", "Nehalem",
    "Sandybridge", "Athlon", "Opteron", "Opteron_SSE3", "Barcelona", "Bobcat", "Bulldozer", "Piledriver",
    "Steamroller", "Nano",
};

const char *ck_better_core(const char *core, bool avx2, bool avx512, bool bfloat16) {
  if (!avx2) return NULL;
  for (size_t i = 0; i < sizeof narrow / sizeof *narrow; i++) {
    if (strcasecmp(core, narrow[i]) == 0) return !avx512 ? "Haswell" : bfloat16 ? "Cooperlake" : "SkylakeX";
  }
  return NULL;
}

const char *ck_better_core_here(const char *core) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
                __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
  return ck_better_core(core, avx2, avx512, __builtin_cpu_supports("avx512bf16"));
#else
  (void)core;
  return NULL;
#endif
}

const char *ck_clones(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx512bf16")) return "x86-64-v4 with bfloat16";
  if (__builtin_cpu_supports("x86-64-v4")) return "x86-64-v4";
  if (__builtin_cpu_supports("x86-64-v3")) return "x86-64-v3";
#endif
  return "plain";
}

// The functions by which OpenBLAS chooses when it is loaded; they are not in its headers, and missing where it was built
// for one kind of CPU only.
__attribute__((constructor)) static void choose_core(void) {
  char *(*name)(void) = (char *(*)(void))dlsym(RTLD_DEFAULT, "openblas_get_corename");
  void (*quit)(void) = (void (*)(void))dlsym(RTLD_DEFAULT, "gotoblas_dynamic_quit");
  void (*choose)(void) = (void (*)(void))dlsym(RTLD_DEFAULT, "gotoblas_dynamic_init");
  if (!name || !quit || !choose || getenv("OPENBLAS_CORETYPE")) return;
  const char *better = ck_better_core_here(name());
  if (!better) return;
  setenv("OPENBLAS_CORETYPE", better, 1);
  quit();
  choose();
  unsetenv("OPENBLAS_CORETYPE");
}
