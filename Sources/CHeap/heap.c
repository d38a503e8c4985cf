#include "CHeap.h"

#if defined(__linux__)
#include <malloc.h>
#endif

heap_state heap_now(void) {
#if defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 33)
  struct mallinfo2 info = mallinfo2();
  return (heap_state){.in_use = info.uordblks + info.hblkhd, .held = info.arena + info.hblkhd};
#else
  return (heap_state){0, 0};
#endif
}

void heap_keep(size_t kept, size_t mapped_from) {
#if defined(__GLIBC__)
  mallopt(M_TRIM_THRESHOLD, (int)kept);
  mallopt(M_MMAP_THRESHOLD, (int)mapped_from);
#endif
}

void heap_trim(void) {
#if defined(__GLIBC__)
  malloc_trim(0);
#endif
}
