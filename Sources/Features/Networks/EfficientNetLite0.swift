import CKernels
import Images
import Kernels

/// EfficientNet-Lite0, the ImageNet classifier whose inner activations serve as features
/// (data/efficientnet-lite0).
///
/// Inference only, channels last, batch norm folded into the weights. Images are resized to 224×224 by
/// Pillow's bicubic filter in floating point, cut to 0…255, scaled by (x − 127) / 128; grey is replicated.
public struct EfficientNetLite0: Sendable {
  /// Where features are taken.
  public enum Layer: Sendable, Equatable, Hashable {
    /// The spatial mean of a block's output, block 0 to 15.
    case block(Int)
    /// The mean over the map of the last convolution.
    case pooled

    public var dimension: Int {
      switch self {
      case .block(let index): EfficientNetLite0.shapes[index].outputs
      case .pooled: EfficientNetLite0.headChannels
      }
    }

    /// The layer's name in results, such as "lite0-block10-112" or "lite0-1280".
    public var name: String {
      switch self {
      case .block(let index): "lite0-block\(index)-\(dimension)"
      case .pooled: "lite0-\(dimension)"
      }
    }

    /// The layer of that name, if there is one.
    public init?(named name: String) {
      let layers = (0..<EfficientNetLite0.shapes.count).map(Layer.block) + [.pooled]
      guard let layer = layers.first(where: { $0.name == name }) else { return nil }
      self = layer
    }
  }

  /// The side of the network's input.
  public static let inputSize = 224
  /// How images are resized, as results name it.
  public static let resize = "pil-bicubic-224"
  /// Images that one thread works on at a time; fixed, so that results do not depend on the number of
  /// threads.
  static let batch = 8

  static let shapes = shapes(inputSize: inputSize)

  /// The blocks for another side of the input.
  static func shapes(inputSize: Int) -> [InvertedResidual.Shape] {
    // repeats, kernel, stride, expansion, inputs, outputs (Tan and Le 2019, without squeeze and excitation)
    let stages = [
      (1, 3, 1, 1, 32, 16), (2, 3, 2, 6, 16, 24), (2, 5, 2, 6, 24, 40), (3, 3, 2, 6, 40, 80),
      (3, 5, 1, 6, 80, 112), (4, 5, 2, 6, 112, 192), (1, 3, 1, 6, 192, 320),
    ]
    var shapes = [InvertedResidual.Shape]()
    var size = (inputSize + 1) / 2
    for (repeats, kernel, stride, expansion, inputs, outputs) in stages {
      for index in 0..<repeats {
        let shape = InvertedResidual.Shape(
          kernel: kernel, stride: index == 0 ? stride : 1, expansion: expansion,
          inputs: index == 0 ? inputs : outputs, outputs: outputs, size: size)
        shapes.append(shape)
        size = shape.outputSize
      }
    }
    return shapes
  }
  static let stemChannels = 32
  static let headChannels = 1280
  /// Blocks before this one work on one image at a time, the others on a batch.
  private static let firstBatchedBlock = 5

  let stem: FeatureNetworkWeights.Layer
  let blocks: [InvertedResidual]
  private let head: FeatureNetworkWeights.Layer

  /// The network from the tensors of `efficientnet-lite0.safetensors`.
  ///
  /// - Throws: `FeatureNetworkError.wrongNetwork` naming every tensor that is missing, unexpected or misshapen.
  public init(tensors: [String: (shape: [Int], values: [Float])]) throws {
    let weights = try FeatureNetworkWeights(
      tensors, expected: Self.tensorShapes, optional: ["fc."], network: "EfficientNet-Lite0",
      advice: "Convert them again with data/efficientnet-lite0/fetch.")
    stem = weights.layer("stem")
    blocks = Self.shapes.enumerated().map { index, shape in
      InvertedResidual(
        shape: shape, expand: shape.expansion > 1 ? weights.layer("blocks.\(index).expand") : nil,
        depthwise: weights.layer("blocks.\(index).dw"), project: weights.layer("blocks.\(index).project"))
    }
    head = weights.layer("head")
  }

  /// The features of every image at every given layer, shared among threads.
  ///
  /// - Returns: per layer, (images, dimension) values in row-major order.
  public func features(of images: [Image], at layers: [Layer]) -> [[Float]] {
    let results = layers.map { Tensor(images.count, $0.dimension) }
    Parallel.ranges(images.count, size: Self.batch) { range in
      run(images[range], layers: layers) { layer, image in
        results[layer].row(range.lowerBound + image)
      }
    }
    return results.map(\.values)
  }

  /// Runs one batch; `target` says where the features of an image at a layer go.
  private func run(
    _ images: ArraySlice<Image>, layers: [Layer],
    target: (_ layer: Int, _ image: Int) -> UnsafeMutablePointer<Float>
  ) {
    let scratch = InvertedResidual.Scratch(for: Self.shapes)
    let early = Self.shapes[Self.firstBatchedBlock]
    let earlyCount = early.size * early.size * early.inputs
    let size = Self.inputSize / 2
    var current = Tensor(max(size * size * Self.stemChannels, images.count * earlyCount))
    var next = Tensor(current.count)
    let collected = Tensor(images.count * earlyCount)

    func take(_ layer: Layer, _ map: Tensor, pixels: Int, images: Int, first: Int) {
      for (index, wanted) in layers.enumerated() where wanted == layer {
        for image in 0..<images {
          ck_column_means(
            map.pointer + image * pixels * layer.dimension, target(index, first + image), pixels,
            layer.dimension)
        }
      }
    }
    func forward(_ range: Range<Int>, images: Int, first: Int) {
      for index in range {
        let shape = blocks[index].shape
        blocks[index].forward(current.pointer, images: images, into: next.pointer, scratch)
        swap(&current, &next)
        take(
          .block(index), current, pixels: shape.outputSize * shape.outputSize, images: images, first: first)
      }
    }
    for (index, image) in images.enumerated() {
      convolveStem(Self.input(image), into: current, columns: scratch.expanded)
      forward(0..<Self.firstBatchedBlock, images: 1, first: index)
      (collected.pointer + index * earlyCount).update(from: current.pointer, count: earlyCount)
    }
    current.pointer.update(from: collected.pointer, count: collected.count)
    let wantsHead = layers.contains(.pooled)
    let lastBlock = layers.compactMap { if case .block(let index) = $0 { index } else { nil } }.max() ?? 0
    forward(
      Self.firstBatchedBlock..<(wantsHead ? blocks.count : max(lastBlock + 1, Self.firstBatchedBlock)),
      images: images.count, first: 0)
    guard wantsHead else { return }
    let map = Self.shapes[blocks.count - 1].outputSize
    let (pixels, channels) = (images.count * map * map, Self.headChannels)
    let pooled = Tensor(pixels, channels)
    product(
      pixels, channels, head.weight.rows, current.pointer, stride: head.weight.rows, .asIs,
      head.weight.pointer,
      stride: channels, into: pooled.pointer, stride: channels)
    ck_bias_relu6(pooled.pointer, head.bias.pointer, pixels, channels)
    take(.pooled, pooled, pixels: map * map, images: images.count, first: 0)
  }

  /// The network's input for an image: (224, 224, 3).
  package static func input(_ image: Image) -> Tensor {
    let resized = FloatImage(image).resampled(width: inputSize, height: inputSize, filter: .bicubic)
    let input = Tensor(inputSize, inputSize, 3)
    for pixel in 0..<inputSize * inputSize {
      for channel in 0..<3 {
        let value = resized.values[image.channels == 3 ? pixel * 3 + channel : pixel]
        input.pointer[pixel * 3 + channel] = (min(max(value, 0), 255) - 127) / 128
      }
    }
    return input
  }

  /// The first convolution: 3×3, stride 2, padding of one row and column at the end, by products over
  /// patches.
  private func convolveStem(_ input: Tensor, into output: Tensor, columns: Tensor) {
    let size = Self.inputSize / 2
    let patch = 27
    let stripRows = 16
    for start in stride(from: 0, to: size, by: stripRows) {
      let rows = min(stripRows, size - start)
      for y in 0..<rows {
        for tap in 0..<3 {
          let from = (start + y) * 2 + tap
          for x in 0..<size {
            let target = columns.pointer + (y * size + x) * patch + tap * 9
            let available = from < Self.inputSize ? min(Self.inputSize - 2 * x, 3) * 3 : 0
            if available > 0 {
              target.update(from: input.pointer + (from * Self.inputSize + 2 * x) * 3, count: available)
            }
            for rest in available..<9 { target[rest] = 0 }
          }
        }
      }
      let target = output.pointer + start * size * Self.stemChannels
      product(
        rows * size, Self.stemChannels, patch, columns.pointer, stride: patch, .asIs, stem.weight.pointer,
        stride: Self.stemChannels, into: target, stride: Self.stemChannels)
      ck_bias_relu6(target, stem.bias.pointer, rows * size, Self.stemChannels)
    }
  }
}
