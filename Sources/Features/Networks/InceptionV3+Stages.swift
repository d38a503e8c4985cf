/// What the network is made of (pipeline/method/metrics.md §3): torchvision's graph with the changes of the
/// network of 2015-12-05. Its means count pixels inside the map only, and its last pooling takes the largest.
extension InceptionV3 {
  /// The stages in their sequence, named as in the weights; the two poolings of the stem have no weights.
  public enum Stage: String, CaseIterable, Sendable {
    case convolution1a = "Conv2d_1a_3x3"
    case convolution2a = "Conv2d_2a_3x3"
    case convolution2b = "Conv2d_2b_3x3"
    case pooling1 = "P1"
    case convolution3b = "Conv2d_3b_1x1"
    case convolution4a = "Conv2d_4a_3x3"
    case pooling2 = "P2"
    case mixed5b = "Mixed_5b"
    case mixed5c = "Mixed_5c"
    case mixed5d = "Mixed_5d"
    case mixed6a = "Mixed_6a"
    case mixed6b = "Mixed_6b"
    case mixed6c = "Mixed_6c"
    case mixed6d = "Mixed_6d"
    case mixed6e = "Mixed_6e"
    case mixed7a = "Mixed_7a"
    case mixed7b = "Mixed_7b"
    case mixed7c = "Mixed_7c"

    /// Its place in the sequence.
    var index: Int { Self.allCases.firstIndex(of: self) ?? 0 }

    fileprivate typealias Branch = InceptionBlock.Branch<FoldedConvolution.Shape>

    /// What the stage does with a map of `inputs` channels.
    fileprivate func branches(inputs: Int) -> [Branch] {
      switch self {
      case .convolution1a: [Branch(heads: [square("", inputs, 32, 3, stride: 2)])]
      case .convolution2a: [Branch(heads: [square("", inputs, 32, 3)])]
      case .convolution2b: [Branch(heads: [square("", inputs, 64, 3, padding: 1)])]
      case .convolution3b: [Branch(heads: [square("", inputs, 80)])]
      case .convolution4a: [Branch(heads: [square("", inputs, 192, 3)])]
      case .pooling1, .pooling2: [Branch(pooling: .halving)]
      case .mixed5b: fiveByFive(inputs, pooled: 32)
      case .mixed5c, .mixed5d: fiveByFive(inputs, pooled: 64)
      case .mixed6a: firstReduction(inputs)
      case .mixed6b: sevenBySeven(inputs, inner: 128)
      case .mixed6c, .mixed6d: sevenBySeven(inputs, inner: 160)
      case .mixed6e: sevenBySeven(inputs, inner: 192)
      case .mixed7a: secondReduction(inputs)
      case .mixed7b: widest(inputs, pooling: .mean)
      case .mixed7c: widest(inputs, pooling: .largest)
      }
    }

    private func fiveByFive(_ inputs: Int, pooled: Int) -> [Branch] {
      [
        Branch(heads: [square("branch1x1", inputs, 64)]),
        Branch(
          chain: [square("branch5x5_1", inputs, 48)], heads: [square("branch5x5_2", 48, 64, 5, padding: 2)]),
        Branch(
          chain: doubled(inputs), heads: [square("branch3x3dbl_3", 96, 96, 3, padding: 1)]),
        Branch(pooling: .same(.mean), heads: [square("branch_pool", inputs, pooled)]),
      ]
    }

    private func firstReduction(_ inputs: Int) -> [Branch] {
      [
        Branch(heads: [square("branch3x3", inputs, 384, 3, stride: 2)]),
        Branch(chain: doubled(inputs), heads: [square("branch3x3dbl_3", 96, 96, 3, stride: 2)]),
        Branch(pooling: .halving),
      ]
    }

    private func doubled(_ inputs: Int) -> [FoldedConvolution.Shape] {
      [square("branch3x3dbl_1", inputs, 64), square("branch3x3dbl_2", 64, 96, 3, padding: 1)]
    }

    private func sevenBySeven(_ inputs: Int, inner: Int) -> [Branch] {
      [
        Branch(heads: [square("branch1x1", inputs, 192)]),
        Branch(
          chain: [square("branch7x7_1", inputs, inner), wide("branch7x7_2", inner, inner, 7)],
          heads: [tall("branch7x7_3", inner, 192, 7)]),
        Branch(
          chain: [
            square("branch7x7dbl_1", inputs, inner), tall("branch7x7dbl_2", inner, inner, 7),
            wide("branch7x7dbl_3", inner, inner, 7), tall("branch7x7dbl_4", inner, inner, 7),
          ], heads: [wide("branch7x7dbl_5", inner, 192, 7)]),
        Branch(pooling: .same(.mean), heads: [square("branch_pool", inputs, 192)]),
      ]
    }

    private func secondReduction(_ inputs: Int) -> [Branch] {
      [
        Branch(
          chain: [square("branch3x3_1", inputs, 192)], heads: [square("branch3x3_2", 192, 320, 3, stride: 2)]),
        Branch(
          chain: [
            square("branch7x7x3_1", inputs, 192), wide("branch7x7x3_2", 192, 192, 7),
            tall("branch7x7x3_3", 192, 192, 7),
          ], heads: [square("branch7x7x3_4", 192, 192, 3, stride: 2)]),
        Branch(pooling: .halving),
      ]
    }

    private func widest(_ inputs: Int, pooling: WindowPooling.Kind) -> [Branch] {
      [
        Branch(heads: [square("branch1x1", inputs, 320)]),
        Branch(
          chain: [square("branch3x3_1", inputs, 384)],
          heads: [wide("branch3x3_2a", 384, 384, 3), tall("branch3x3_2b", 384, 384, 3)]),
        Branch(
          chain: [
            square("branch3x3dbl_1", inputs, 448), square("branch3x3dbl_2", 448, 384, 3, padding: 1),
          ],
          heads: [wide("branch3x3dbl_3a", 384, 384, 3), tall("branch3x3dbl_3b", 384, 384, 3)]),
        Branch(pooling: .same(pooling), heads: [square("branch_pool", inputs, 192)]),
      ]
    }

    private func square(
      _ part: String, _ inputs: Int, _ outputs: Int, _ side: Int = 1, stride: Int = 1, padding: Int = 0
    ) -> FoldedConvolution.Shape {
      FoldedConvolution.Shape(
        name: part.isEmpty ? rawValue : "\(rawValue).\(part)", inputs: inputs, outputs: outputs,
        kernel: .init(height: side, width: side), stride: stride,
        padding: .init(height: padding, width: padding))
    }

    /// One row of the map at a time, keeping its size.
    private func wide(_ part: String, _ inputs: Int, _ outputs: Int, _ width: Int) -> FoldedConvolution.Shape
    {
      FoldedConvolution.Shape(
        name: "\(rawValue).\(part)", inputs: inputs, outputs: outputs,
        kernel: .init(height: 1, width: width), padding: .init(height: 0, width: width / 2))
    }

    /// One column of the map at a time, keeping its size.
    private func tall(_ part: String, _ inputs: Int, _ outputs: Int, _ height: Int) -> FoldedConvolution.Shape
    {
      FoldedConvolution.Shape(
        name: "\(rawValue).\(part)", inputs: inputs, outputs: outputs,
        kernel: .init(height: height, width: 1), padding: .init(height: height / 2, width: 0))
    }
  }

  /// All stages with their sizes, from the image on.
  static let shapes: [InceptionBlock.Shape] = {
    var (inputs, size) = (3, inputSize)
    return Stage.allCases.map { stage in
      let shape = InceptionBlock.Shape(
        stage: stage, inputs: inputs, size: size, branches: stage.branches(inputs: inputs))
      (inputs, size) = (shape.outputs, shape.outputSize)
      return shape
    }
  }()

  /// Operations of one image up to the features, two a multiply-add.
  public static var operations: Double {
    let convolutions = shapes.flatMap(\.convolutions)
    return 2 * Double(convolutions.reduce(0) { $0 + $1.shape.multiplyAdds(of: $1.size) })
  }
}
