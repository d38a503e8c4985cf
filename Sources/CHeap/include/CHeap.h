#ifndef CHEAP_H
#define CHEAP_H

// What glibc's allocator holds and keeps. A structure returned by value and a macro keep Swift from asking it directly.

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

/// Lets the allocator keep up to `kept` free bytes at the end of the heap, and give blocks a mapping of their own only
/// from `mapped_from` bytes on. Both are less than 2 GiB; nothing happens where the C library has no such choice.
void heap_keep(size_t kept, size_t mapped_from);

/// Gives free memory at the end of the heap back to the system.
void heap_trim(void);

#ifdef __cplusplus
}
#endif

#endif
