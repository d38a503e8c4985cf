import Kernels

/// A stage of the Inception network: branches that all read its input and whose results stand side by side in
/// the channels of its output. Stages of a single convolution or pooling have one branch.
struct InceptionBlock: Sendable {
  /// Pooling, if any, then convolutions one after the other, then those whose results are the branch's own; a
  /// branch without these gives what its pooling gives.
  struct Branch<Convolution: Sendable>: Sendable {
    var pooling: WindowPooling?
    var chain: [Convolution] = []
    var heads: [Convolution] = []

    func map<Other>(_ transform: (Convolution) throws -> Other) rethrows -> Branch<Other> {
      Branch<Other>(pooling: pooling, chain: try chain.map(transform), heads: try heads.map(transform))
    }
  }

  /// What a stage is made of.
  struct Shape: Sendable {
    let stage: InceptionV3.Stage
    let inputs: Int
    /// Side of the input map.
    let size: Int
    let branches: [Branch<FoldedConvolution.Shape>]

    var outputs: Int {
      branches.reduce(0) { sum, branch in
        sum + (branch.heads.isEmpty ? inputs : branch.heads.reduce(0) { $0 + $1.outputs })
      }
    }

    /// Side of the output map, the same for all branches.
    var outputSize: Int {
      guard let branch = branches.first else { return size }
      let before = inputSize(ofHeads: branch)
      return branch.heads.first?.outputSize(of: before) ?? before
    }

    /// Every convolution with the side of the map that it reads.
    var convolutions: [(shape: FoldedConvolution.Shape, size: Int)] {
      branches.flatMap { branch in
        var current = branch.pooling?.outputSize(of: size) ?? size
        var result = [(shape: FoldedConvolution.Shape, size: Int)]()
        for shape in branch.chain {
          result.append((shape, current))
          current = shape.outputSize(of: current)
        }
        return result + branch.heads.map { ($0, current) }
      }
    }

    /// Values of the largest map inside a branch, without poolings.
    var innerCount: Int {
      convolutions.map { shape, size in
        shape.outputSize(of: size) * shape.outputSize(of: size) * shape.outputs
      }.max() ?? 0
    }

    /// Values of the largest pooled map that convolutions read.
    var pooledCount: Int {
      branches.compactMap { branch in
        branch.heads.isEmpty ? nil : branch.pooling.map { $0.outputSize(of: size) }
      }.map { $0 * $0 * inputs }.max() ?? 0
    }

    private func inputSize(ofHeads branch: Branch<FoldedConvolution.Shape>) -> Int {
      branch.chain.reduce(branch.pooling?.outputSize(of: size) ?? size) { $1.outputSize(of: $0) }
    }
  }

  /// Memory for what lies between convolutions, one for each thread of work.
  struct Scratch: Sendable {
    let pooled: Tensor
    let first: Tensor
    let second: Tensor
    let columns: Tensor

    init(for shapes: [Shape]) {
      // Stages of one convolution write straight into the next map.
      let inner = shapes.filter { $0.branches.contains { !$0.chain.isEmpty } }.map(\.innerCount).max() ?? 0
      pooled = Tensor(shapes.map(\.pooledCount).max() ?? 0)
      first = Tensor(inner)
      second = Tensor(inner)
      columns = Tensor(
        shapes.flatMap(\.convolutions).map { $0.shape.columnCount(of: $0.size) }.max() ?? 0)
    }
  }

  let shape: Shape
  private let branches: [Branch<FoldedConvolution>]

  /// - Throws: `FeatureNetworkError.unusableWeights` when a folded value is not finite.
  init(_ shape: Shape, from weights: FeatureNetworkWeights) throws {
    self.shape = shape
    branches = try shape.branches.map { branch in
      try branch.map { try FoldedConvolution($0, from: weights) }
    }
  }

  /// - Parameters:
  ///   - input: (size, size, inputs).
  ///   - output: (output size, output size, outputs), not overlapping the input.
  func forward(
    _ input: UnsafePointer<Float>, into output: UnsafeMutablePointer<Float>, _ scratch: Scratch
  ) {
    var channel = 0
    for branch in branches {
      var source = input
      var size = shape.size
      if let pooling = branch.pooling {
        let target = branch.heads.isEmpty ? output + channel : scratch.pooled.pointer
        pooling.forward(
          input, size: size, channels: shape.inputs, into: target,
          outputStride: branch.heads.isEmpty ? shape.outputs : shape.inputs)
        source = UnsafePointer(target)
        size = pooling.outputSize(of: size)
        if branch.heads.isEmpty { channel += shape.inputs }
      }
      for (index, convolution) in branch.chain.enumerated() {
        let target = (index % 2 == 0 ? scratch.first : scratch.second).pointer
        convolution.forward(
          source, size: size, into: target, outputStride: convolution.shape.outputs,
          columns: scratch.columns)
        source = UnsafePointer(target)
        size = convolution.shape.outputSize(of: size)
      }
      for head in branch.heads {
        head.forward(
          source, size: size, into: output + channel, outputStride: shape.outputs, columns: scratch.columns)
        channel += head.shape.outputs
      }
    }
  }
}
