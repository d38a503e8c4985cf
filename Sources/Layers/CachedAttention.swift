import CKernels
import Kernels

/// Attention of new rows on cached keys and values, all heads, on the calling thread; inference only.
///
/// Shapes: projected rows (rows, 3C), rotated queries, keys and values side by side, contiguous; out (rows, C). The
/// cache of a sequence has a layout of its own: see CKernelsDecoding.h.
public struct CachedAttention: Sendable {
  public let heads: Int
  public let headWidth: Int
  var scale: Float { 1 / Float(headWidth).squareRoot() }

  public init(heads: Int, headWidth: Int) {
    self.heads = heads
    self.headWidth = headWidth
  }

  /// Elements that the cache of one sequence takes for `slots` rows; `slots` is a multiple of 16.
  public func cacheElements(slots: Int) -> Int { ck_cache_elements(heads, headWidth, slots) }

  /// Floats of scratch memory that one thread needs.
  public func scratchCount(slots: Int) -> Int { ck_attend_scratch(headWidth, slots) }

  /// Puts keys and values, 2C elements of a projected row, into a slot of the cache.
  @inline(__always)
  public func store<A: Activation>(
    _ keysAndValues: UnsafePointer<A>, in cache: UnsafeMutablePointer<A>, slots: Int, at slot: Int
  ) {
    A.decodingKernels.store(keysAndValues, heads, headWidth, cache, slots, slot)
  }

  /// Rows whose keys and values are already in the cache behind `history` others; row r sees history + r + 1 rows.
  @inline(__always)
  public func causal<A: Activation>(
    _ projected: UnsafePointer<A>, rows: Int, cache: UnsafePointer<A>, slots: Int, history: Int,
    into out: UnsafeMutablePointer<A>, scratch: UnsafeMutablePointer<Float>
  ) {
    var asked = ck_cached_rows(
      rows: projected, count: rows, heads: heads, head: headWidth, cache: cache, slots: slots,
      visible: history + 1, step: 1, own: 0)
    A.decodingKernels.attend(&asked, scale, out, scratch)
  }

  /// Independent queries: each sees the `history` cached rows and itself, as one extra column of the softmax
  /// instead of a mask (paper B.2, equation (2); pipeline/method/orders.md §3).
  @inline(__always)
  public func independent<A: Activation>(
    _ projected: UnsafePointer<A>, rows: Int, cache: UnsafePointer<A>, slots: Int, history: Int,
    into out: UnsafeMutablePointer<A>, scratch: UnsafeMutablePointer<Float>
  ) {
    var asked = ck_cached_rows(
      rows: projected, count: rows, heads: heads, head: headWidth, cache: cache, slots: slots,
      visible: history, step: 0, own: 1)
    A.decodingKernels.attend(&asked, scale, out, scratch)
  }
}
