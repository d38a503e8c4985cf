import Kernels
import Layers

/// Keys and values of committed rows, per block and sequence.
///
/// Only rows that belong to the training context of what follows stay, not the queries that were not chosen (paper
/// §4.5, "Optimized KV-Caching"; pipeline/method/orders.md §3). Every block has a tensor of (sequences, elements of a
/// sequence).
final class KeyValueCache<A: Activation>: @unchecked Sendable {
  let slots: Int
  private(set) var lengths: [Int]
  private let attention: CachedAttention
  private let storage: [TensorOf<A>]

  init(configuration: AnyOrderConfiguration, length: Int, sequences: Int) {
    attention = CachedAttention(heads: configuration.heads, headWidth: configuration.headWidth)
    let slots = Self.slots(length)
    self.slots = slots
    lengths = [Int](repeating: 0, count: sequences)
    let elements = attention.cacheElements(slots: slots)
    storage = (0..<configuration.layers).map { _ in TensorOf(sequences, elements) }
  }

  /// Rows of a sequence, in whole vectors.
  static func slots(_ length: Int) -> Int {
    (length + 15) / 16 * 16
  }

  @inline(__always)
  func rows(block: Int, sequence: Int) -> UnsafeMutablePointer<A> { storage[block].row(sequence) }

  /// Writes keys and values, 2C elements of a projected row, into a slot.
  @inline(__always)
  func store(_ keysAndValues: UnsafePointer<A>, at slot: Int, block: Int, sequence: Int) {
    attention.store(keysAndValues, in: rows(block: block, sequence: sequence), slots: slots, at: slot)
  }

  func setLength(_ length: Int, of sequence: Int) {
    precondition(length <= slots, "the cache has \(slots) slots, asked for \(length)")
    lengths[sequence] = length
  }
}
