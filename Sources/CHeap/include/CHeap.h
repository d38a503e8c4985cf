#ifndef CHEAP_H
#define CHEAP_H

// What glibc's allocator holds. A structure returned by value and a macro keep Swift from asking it directly.

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  /// Bytes handed out and not given back, blocks with a mapping of their own included.
  size_t in_use;
  /// Bytes taken from the system: arenas and mappings.
  size_t held;
} heap_state;

/// The state of all arenas; zeros where the C library cannot tell.
heap_state heap_now(void);

/// Gives free memory at the end of the heap back to the system.
void heap_trim(void);

#ifdef __cplusplus
}
#endif

#endif
