/// A resampling along one axis as a matrix, for one who needs its adjoint too.
public struct ResamplingMatrix: Sendable {
  public let input, output: Int
  /// (output, input), rows that sum to 1.
  public let values: [Float]

  /// Pillow's filter between two extents, without the rounding to Float between the axes that `resampled` has.
  public init(input: Int, output: Int, filter: PillowFilter) {
    self.input = input
    self.output = output
    var values = [Float](repeating: 0, count: input * output)
    for (row, window) in filter.windows(input: input, output: output).enumerated() {
      for (offset, weight) in window.weights.enumerated() {
        values[row * input + window.start + offset] = Float(weight)
      }
    }
    self.values = values
  }
}
