import Kernels
import Layers
import Randomness

/// A small convolutional classifier of images: levels of residual blocks, the mean over pixels, one dense layer.
///
/// Its features, what the dense layer reads, serve distances between sets of images; its answers tell whether a
/// generated image is of the class that was asked for. Images are NHWC with values in [-1, 1], as an image tokenizer's.
public final class ImageClassifier: Sendable {
  public let configuration: ImageClassifierConfiguration
  /// Images to features.
  public let trunk: LayerSequence
  /// Features to logits.
  public let head: Convolution
  public let parameters: [Parameter]
  /// Values and gradients of all parameters, in their order.
  public let arena: ParameterArena

  /// A classifier of zeros, to be initialised or loaded. The configuration must have no `problem`.
  public init(configuration: ImageClassifierConfiguration) {
    precondition(configuration.problem == nil, configuration.problem ?? "")
    self.configuration = configuration
    trunk = configuration.makeTrunk()
    head = configuration.makeHead()
    parameters = trunk.parameters + head.parameters
    arena = ParameterArena(parameters)
  }

  public var parameterCount: Int { parameters.reduce(0) { $0 + $1.count } }

  /// Random weights as PyTorch starts: convolutions and their biases uniform in ±1/sqrt(inputs · kernel²), gains 1,
  /// norm biases 0.
  public func initialise(seed: UInt64) {
    var fanIn = 1
    for (index, parameter) in parameters.enumerated() {
      var stream = RandomStream(seed: seed, purpose: "classifier.initialise", UInt64(index))
      if parameter.shape.count > 1 { fanIn = parameter.shape.dropFirst().reduce(1, *) }
      if parameter.shape.count == 1 && parameter.name.contains("norm") {
        parameter.value.fill(parameter.name.hasSuffix("weight") ? 1 : 0)
        continue
      }
      let bound = 1 / Double(fanIn).squareRoot()
      for i in 0..<parameter.count { parameter.value[i] = Float((2 * stream.uniform() - 1) * bound) }
    }
  }

  /// What it makes of images.
  public struct Answers: Sendable {
    /// (images, D).
    public let features: [Float]
    /// (images, classes).
    public let logits: [Float]

    /// The likeliest class of each image, the first on ties.
    public func classes(of count: Int) -> [Int] {
      let width = logits.count / max(count, 1)
      return (0..<count).map { image in
        let row = logits[image * width..<(image + 1) * width]
        return row.indices.max { (row[$0], -$0) < (row[$1], -$1) }.map { $0 - row.startIndex } ?? 0
      }
    }
  }

  /// Classifies images, shared among threads; neither these nor neighbours change a result.
  /// - Parameter images: bytes, HWC, one image after the other.
  public func answers(to images: [UInt8]) -> Answers {
    let size = configuration.imageValues
    let count = images.count / size
    precondition(images.count == count * size, "\(images.count) bytes are no images of \(size)")
    let features = Tensor([count, configuration.features])
    let logits = Tensor([count, configuration.classes])
    Parallel.ranges(count, size: configuration.chunk) { range in
      let bytes = images[range.lowerBound * size..<range.upperBound * size]
      let x = Tensor(configuration.imageShape(range.count), values: ImageTokenizer.values(bytes))
      let found = trunk.forward(x, saving: nil)
      features.row(range.lowerBound).update(from: found.pointer, count: found.count)
      let scores = head.forward(found, saving: nil)
      logits.row(range.lowerBound).update(from: scores.pointer, count: scores.count)
    }
    return Answers(features: features.values, logits: logits.values)
  }
}

extension ImageClassifierConfiguration {
  /// Images of one chunk, as of a tokenizer's.
  var chunk: Int { min(max((128 << 10) / (imageSize * imageSize * channels), 1), 4) }

  func imageShape(_ count: Int) -> [Int] { [count, imageSize, imageSize, imageChannels] }
}
