import Kernels
import Layers

/// One training pass of an image classifier on batches of a fixed size: cross-entropy and all gradients.
///
/// The batch is split into chunks of images, each on one thread with gradients of its own, which are then added in the
/// order of the chunks. So the result does not depend on the number of threads.
public final class ImageClassifierPass {
  public struct Result: Sendable {
    /// Mean cross-entropy in nats.
    public let loss: Double
    /// Images whose likeliest class is their own.
    public let correct: Int
  }

  public let classifier: ImageClassifier
  public let images: Int
  private let chunks: [Chunk]

  public init(_ classifier: ImageClassifier, images: Int) {
    self.classifier = classifier
    self.images = images
    let size = classifier.configuration.chunk
    chunks = stride(from: 0, to: images, by: size).map {
      Chunk(classifier, range: $0..<min($0 + size, images))
    }
  }

  /// Adds the gradient of the mean loss to every parameter's.
  /// - Parameters:
  ///   - batch: (images, size, size, channels) in [-1, 1].
  ///   - labels: the class of each image.
  public func run(_ batch: Tensor, labels: [Int32]) -> Result {
    precondition(
      batch.shape == classifier.configuration.imageShape(images) && labels.count == images,
      "the pass was made for \(classifier.configuration.imageShape(images)), found \(batch.shape)")
    Parallel.forEach(chunks.count) { chunks[$0].run(batch, labels: labels, weight: 1 / Float(images)) }
    Parallel.forEach(classifier.parameters.count) { index in
      let gradient = classifier.parameters[index].gradient
      for chunk in chunks {
        let part = chunk.parameters[index].gradient
        add(part.pointer, to: gradient.pointer, count: gradient.count)
        part.fill(0)
      }
    }
    return Result(
      loss: chunks.reduce(0) { $0 + $1.loss } / Double(images), correct: chunks.reduce(0) { $0 + $1.correct })
  }
}

/// The work on some images of the batch; only one thread at a time uses it.
private final class Chunk: @unchecked Sendable {
  let parameters: [Parameter]
  private(set) var loss = 0.0
  private(set) var correct = 0
  private let range: Range<Int>
  private let configuration: ImageClassifierConfiguration
  private let network: LayerSequence
  private let saved = Activations()

  init(_ classifier: ImageClassifier, range: Range<Int>) {
    self.range = range
    configuration = classifier.configuration
    network = LayerSequence([classifier.trunk, classifier.head]).replica()
    parameters = network.parameters
  }

  func run(_ batch: Tensor, labels: [Int32], weight: Float) {
    let x = Tensor(uninitialized: configuration.imageShape(range.count))
    x.pointer.update(from: batch.pointer + range.lowerBound * configuration.imageValues, count: x.count)
    let logits = network.forward(x, saving: saved)
    let classes = configuration.classes
    correct = range.count { image in
      let row = UnsafeBufferPointer(
        start: logits.pointer + (image - range.lowerBound) * classes, count: classes)
      let best = row.indices.max { (row[$0], -$0) < (row[$1], -$1) } ?? 0
      return Int32(best) == labels[image]
    }
    var losses = [Float](repeating: 0, count: range.count)
    labels.withUnsafeBufferPointer { labels in
      if let base = labels.baseAddress {
        CrossEntropy.forwardBackward(
          logits.pointer, target: base + range.lowerBound, loss: &losses, gradient: logits.pointer,
          rows: range.count, columns: classes, weight: weight)
      }
    }
    loss = losses.reduce(0) { $0 + Double($1) }
    _ = network.backward(logits, from: saved)
  }
}
