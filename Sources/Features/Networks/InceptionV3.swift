import CKernels
import Images
import Kernels

/// The Inception-v3 of 2015-12-05, whose features the field calls FID's (pipeline/method/metrics.md §3).
///
/// Inference only, channels last, batch norm folded into the weights. Every image goes through by itself on one
/// thread, so its features depend neither on the others nor on the number of threads.
public struct InceptionV3: Sendable {
  /// Where features are taken.
  public enum Layer: Sendable, Hashable {
    /// The spatial mean of a stage's output; those of the two poolings of the stem, of the stage 6e and of the
    /// last one are the field's features "64", "192", "768" and "2048".
    case mean(Stage)
    /// The first 7 channels of the first branch of stage 6d, 17×17 pixels with channels last: what the distance
    /// with spatial features (sFID) reads as TensorFlow's `mixed_6/conv:0`.
    case spatial
    /// The classifier without its bias ("logits_unbiased"), which the inception score reads.
    case logitsWithoutBias
    /// The classifier with its bias.
    case logits

    /// The last stage that the layer needs.
    var stage: Stage {
      switch self {
      case .mean(let stage): stage
      case .spatial: .mixed6d
      case .logitsWithoutBias, .logits: .mixed7c
      }
    }

    public var dimension: Int {
      switch self {
      case .mean(let stage): InceptionV3.shapes[stage.index].outputs
      case .spatial:
        InceptionV3.spatialChannels * InceptionV3.shapes[stage.index].size
          * InceptionV3.shapes[stage.index].size
      case .logitsWithoutBias, .logits: InceptionV3.classes
      }
    }

    /// The layers that results name, such as "inception-2015-12-05-2048".
    public static let named: [Layer] = [
      .mean(.pooling1), .mean(.pooling2), .mean(.mixed6e), .mean(.mixed7c), .spatial, .logitsWithoutBias,
    ]

    /// The layer's name in results.
    public var name: String {
      switch self {
      case .mean where Self.named.contains(self):
        "\(InceptionV3.name)-\(dimension)"
      case .mean(let stage): "\(InceptionV3.name)-\(stage.rawValue)-\(dimension)"
      case .spatial: "\(InceptionV3.name)-spatial-\(dimension)"
      case .logitsWithoutBias: "\(InceptionV3.name)-logits-\(dimension)"
      case .logits: "\(InceptionV3.name)-biased-logits-\(dimension)"
      }
    }

    /// The layer of that name among `named`, if there is one.
    public init?(named name: String) {
      guard let layer = Self.named.first(where: { $0.name == name }) else { return nil }
      self = layer
    }
  }

  /// The network's name in results, by the date of its graph.
  public static let name = "inception-2015-12-05"
  /// The side of the network's input.
  public static let inputSize = 299
  /// Outputs of the classifier; the classes are TensorFlow's.
  static let classes = 1008
  static let featureCount = 2048
  static let spatialChannels = 7

  private let blocks: [InceptionBlock]
  /// (classes, features) and (classes).
  private let classifier: FeatureNetworkWeights.Layer

  /// The network from the tensors of the official weights, batch norm not folded.
  ///
  /// - Throws: `FeatureNetworkError.torchvisionInception`, `.wrongNetwork` or `.unusableWeights`.
  public init(tensors: [String: (shape: [Int], values: [Float])]) throws {
    let weights = try Self.checked(tensors)
    blocks = try Self.shapes.map { try InceptionBlock($0, from: weights) }
    classifier = weights.layer("fc")
  }

  /// The features of every image at every given layer, images shared among threads.
  ///
  /// - Returns: per layer, (images, dimension) values in row-major order.
  public func features(
    of images: [Image], through pipeline: InceptionPipeline, at layers: [Layer]
  ) -> [[Float]] {
    let results = layers.map { Tensor(images.count, $0.dimension) }
    let workers = max(min(Parallel.threads, images.count), 1)
    let memory = (0..<workers).map { _ in Memory() }
    Parallel.forEachWorker(images.count, workers: workers) { image, worker in
      run(pipeline.input(images[image]), layers: layers, memory[worker]) { results[$0].row(image) }
    }
    return results.map(\.values)
  }

  /// Maps between the stages and inside of them, one for each thread of work.
  private struct Memory: Sendable {
    let current: Tensor
    let next: Tensor
    let scratch = InceptionBlock.Scratch(for: InceptionV3.shapes)

    init() {
      let largest = InceptionV3.shapes.map { $0.outputSize * $0.outputSize * $0.outputs }.max() ?? 0
      current = Tensor(largest)
      next = Tensor(largest)
    }
  }

  /// Runs one image (299, 299, 3); `target` says where the features of a layer go.
  private func run(
    _ input: Tensor, layers: [Layer], _ memory: Memory, target: (_ layer: Int) -> UnsafeMutablePointer<Float>
  ) {
    guard let last = layers.map(\.stage.index).max() else { return }
    var (current, next) = (memory.current, memory.next)
    for (index, block) in blocks.prefix(last + 1).enumerated() {
      block.forward(index == 0 ? input.pointer : current.pointer, into: next.pointer, memory.scratch)
      swap(&current, &next)
      for (position, layer) in layers.enumerated() where layer.stage == block.shape.stage {
        take(layer, from: current, of: block.shape, into: target(position))
      }
    }
  }

  private func take(
    _ layer: Layer, from map: Tensor, of shape: InceptionBlock.Shape, into target: UnsafeMutablePointer<Float>
  ) {
    let pixels = shape.outputSize * shape.outputSize
    switch layer {
    case .mean: ck_column_means(map.pointer, target, pixels, shape.outputs)
    case .spatial:
      for pixel in 0..<pixels {
        (target + pixel * Self.spatialChannels).update(
          from: map.pointer + pixel * shape.outputs, count: Self.spatialChannels)
      }
    case .logits, .logitsWithoutBias:
      let means = Tensor(shape.outputs)
      ck_column_means(map.pointer, means.pointer, pixels, shape.outputs)
      if layer == .logits { target.update(from: classifier.bias.pointer, count: Self.classes) }
      product(
        1, Self.classes, Self.featureCount, means.pointer, stride: Self.featureCount, .asIs,
        classifier.weight.pointer, stride: Self.featureCount, .transposed, beta: layer == .logits ? 1 : 0,
        into: target, stride: Self.classes)
    }
  }
}
