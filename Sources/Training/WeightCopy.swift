import Kernels
import Layers

/// A copy of the weights of a model in training, parameter by parameter: an average of what they were, or what they
/// were at some step.
final class WeightCopy {
  /// Named as the originals, so that a checkpoint saves and loads them like weights.
  let parameters: [Parameter]
  private let originals: [Parameter]

  /// Values of a piece at most, which one thread works on.
  private static let piece = 1 << 16

  /// A copy of the values that there are.
  init(of originals: [Parameter]) {
    self.originals = originals
    parameters = originals.map { Parameter($0.name, Tensor($0.shape)) }
    take()
  }

  /// Takes the originals' values.
  func take() {
    forEachPiece { own, original, count in own.update(from: original, count: count) }
  }

  /// own ← own + share · (original − own).
  func approach(by share: Float) {
    forEachPiece { own, original, count in
      for index in 0..<count { own[index] += share * (original[index] - own[index]) }
    }
  }

  /// Exchanges values with the originals.
  func exchange() {
    forEachPiece { own, original, count in
      for index in 0..<count { (own[index], original[index]) = (original[index], own[index]) }
    }
  }

  /// Pieces depend on shapes alone, and no value on another, so threads change nothing.
  private func forEachPiece(
    _ body: (UnsafeMutablePointer<Float>, UnsafeMutablePointer<Float>, Int) -> Void
  ) {
    for (own, original) in zip(parameters, originals) {
      let (target, source) = (own.value.pointer, original.value.pointer)
      Parallel.ranges(own.count, size: Self.piece) { range in
        body(target + range.lowerBound, source + range.lowerBound, range.count)
      }
    }
  }
}
