import Kernels

/// Adds the gradients of groups of images up as a binary tree does: neighbours in pairs, pairs in pairs.
///
/// Where the groups of a batch are shared among ranks, the sums of each rank are nodes of the same tree, so that its root
/// has the same bytes for any number of ranks. A node waits in a buffer of its level for its sibling; the gradients of the
/// group at hand lie where the pass adds to them.
final class GradientTree {
  /// Values of a piece at most, which one thread works on.
  private static let piece = 1 << 16

  private let gradients: Tensor
  /// Finished nodes of 1, 2, 4, … groups.
  private var waiting: [Tensor] = []

  /// - Parameter gradients: where the pass adds to.
  init(_ gradients: Tensor) { self.gradients = gradients }

  /// Adds the waiting nodes that end with this group to some of its gradients.
  /// - Parameter index: which group it is, of those of this rank.
  func complete(_ range: Range<Int>, after index: Int) {
    for level in 0..<index.trailingOnes {
      forEachPiece(range) { [gradients, waiting] in
        add(waiting[level].pointer + $0.lowerBound, to: gradients.pointer + $0.lowerBound, count: $0.count)
      }
    }
  }

  /// Has the node that ends with this group wait for its sibling; the gradients are zero afterwards.
  func wait(after index: Int) {
    complete(0..<gradients.count, after: index)
    let level = index.trailingOnes
    if waiting.count == level { waiting.append(Tensor(uninitialized: gradients.shape)) }
    let node = waiting[level]
    forEachPiece(0..<gradients.count) { [gradients] in
      let source = gradients.pointer + $0.lowerBound
      (node.pointer + $0.lowerBound).update(from: source, count: $0.count)
      source.update(repeating: 0, count: $0.count)
    }
  }

  private func forEachPiece(_ range: Range<Int>, _ body: (Range<Int>) -> Void) {
    Parallel.ranges(range.count, size: Self.piece) {
      body(range.lowerBound + $0.lowerBound..<range.lowerBound + $0.upperBound)
    }
  }
}

extension Int {
  /// How many of its lowest bits are set.
  fileprivate var trailingOnes: Int { (~self).trailingZeroBitCount }
}
