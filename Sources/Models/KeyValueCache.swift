import Kernels

/// Keys and values of committed rows, per block and sequence.
///
/// Only rows that belong to the training context of what follows stay: the class, chosen position tokens and
/// contents (paper §4.5, "Optimized KV-Caching"; spec/class-conditional §4.1). A slot holds a row's keys of all
/// heads, then its values: (blocks, sequences, slots, 2C).
final class KeyValueCache: @unchecked Sendable {
  let slots: Int
  private(set) var lengths: [Int]
  private let width: Int
  private let storage: [Tensor]

  init(configuration: AnyOrderConfiguration, sequences: Int, slots: Int) {
    self.slots = slots
    width = configuration.width
    lengths = [Int](repeating: 0, count: sequences)
    storage = (0..<configuration.layers).map { _ in Tensor(sequences, slots, 2 * configuration.width) }
  }

  func keys(block: Int, sequence: Int) -> RowView { slot(0, block: block, sequence: sequence) }

  func values(block: Int, sequence: Int) -> RowView {
    slot(0, block: block, sequence: sequence).from(column: width)
  }

  /// Writes the keys and values of `rows` projected rows (…, 3C) from the given slot on.
  func write(_ projected: RowView, rows: Int, at first: Int, block: Int, sequence: Int) {
    slot(first, block: block, sequence: sequence).copy(
      projected.from(column: width), rows: rows, columns: 2 * width)
  }

  func setLength(_ length: Int, of sequence: Int) {
    precondition(length <= slots, "the cache has \(slots) slots, asked for \(length)")
    lengths[sequence] = length
  }

  private func slot(_ index: Int, block: Int, sequence: Int) -> RowView {
    RowView(storage[block].pointer + (sequence * slots + index) * 2 * width, stride: 2 * width)
  }
}
