import CKernels
import Kernels
import Layers

/// Consecutive values of one parameter with their gradients and moments: what one thread updates at a time.
///
/// Blocks depend on the parameters' shapes only. They do not own memory; the optimiser keeps the tensors.
struct OptimizerBlock {
  /// Values of a block at most: with gradients and moments a megabyte, which stays in a core's cache.
  static let size = 1 << 16
  /// Values whose squares are added in single precision; a block is a whole number of chunks.
  static let chunk = 1 << 12

  let value: UnsafeMutablePointer<Float>
  let gradient: UnsafeMutablePointer<Float>
  let first: UnsafeMutablePointer<Float>
  let second: UnsafeMutablePointer<Float>
  let count: Int
  let decay: Float
  /// Whether Adam updates it; another update has only its norm from here.
  let takesSteps: Bool
  /// Index of its parameter.
  let parameter: Int
  /// Where it begins in its parameter.
  let start: Int
  /// Whether this is the first block of its parameter.
  var startsParameter: Bool { start == 0 }
  /// Where the sums of squares of the block's chunks are kept.
  let squares: Range<Int>

  /// Appends the blocks of a parameter.
  static func append(
    to blocks: inout [OptimizerBlock], parameter: Parameter, at index: Int,
    moments: (first: Tensor, second: Tensor),
    decay: Float, takesSteps: Bool = true
  ) {
    let gradient = parameter.gradient
    for start in stride(from: 0, to: parameter.count, by: size) {
      let count = min(size, parameter.count - start)
      let slot = blocks.last?.squares.upperBound ?? 0
      blocks.append(
        OptimizerBlock(
          value: parameter.value.pointer + start, gradient: gradient.pointer + start,
          first: moments.first.pointer + start, second: moments.second.pointer + start, count: count,
          decay: decay, takesSteps: takesSteps, parameter: index, start: start,
          squares: slot..<slot + (count + chunk - 1) / chunk))
    }
  }

  /// Writes the sum of the squared gradients of every chunk.
  func sumSquares(into sums: UnsafeMutableBufferPointer<Double>) {
    for (index, slot) in squares.enumerated() {
      let start = index * Self.chunk
      sums[slot] = ck_sum_of_squares(gradient + start, min(Self.chunk, count - start))
    }
  }
}
