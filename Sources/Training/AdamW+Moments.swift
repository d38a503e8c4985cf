import Kernels
import Layers

/// Moments of consecutive values of one parameter.
public struct MomentPiece {
  /// `<parameter>.first` or `<parameter>.second`.
  public let name: String
  /// The parameter's values.
  public let total: Int
  /// Where the piece begins in the parameter.
  public let start: Int
  public let values: UnsafeMutableBufferPointer<Float>
  /// Keeps the values in memory.
  public let owner: Tensor
}

extension AdamW {
  /// The moments as named tensors, so that a checkpoint saves and loads them like weights: `<name>.first` and
  /// `<name>.second`. Of an optimiser that is alone: ranks keep `momentPieces`.
  public var momentParameters: [Parameter] {
    zip(parameters, moments).flatMap { parameter, moments in
      [
        Parameter(parameter.name + ".first", moments.first),
        Parameter(parameter.name + ".second", moments.second),
      ]
    }
  }

  /// The moments that this rank keeps, in pieces as long as they can be.
  public var momentPieces: [MomentPiece] {
    var runs: [(parameter: Int, range: Range<Int>)] = []
    for block in own.map({ blocks[$0] }) {
      let range = block.start..<block.start + block.count
      if let last = runs.last, last.parameter == block.parameter, last.range.upperBound == range.lowerBound {
        runs[runs.count - 1].range = last.range.lowerBound..<range.upperBound
      } else {
        runs.append((block.parameter, range))
      }
    }
    return runs.flatMap { run in
      let (parameter, moments) = (parameters[run.parameter], moments[run.parameter])
      return [("first", moments.first), ("second", moments.second)].map { name, tensor in
        MomentPiece(
          name: "\(parameter.name).\(name)", total: parameter.count, start: run.range.lowerBound,
          values: UnsafeMutableBufferPointer(
            start: tensor.pointer + run.range.lowerBound, count: run.range.count),
          owner: tensor)
      }
    }
  }
}
