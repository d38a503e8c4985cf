import CKernels
import Kernels
import Layers

/// One training pass of an image tokenizer on batches of a fixed size: loss terms and all gradients.
///
/// The batch is split into chunks of images. Each chunk runs through encoder and decoder on one thread with
/// gradients of its own, which are then added in the order of the chunks; only the quantiser sees the whole
/// batch. So the result does not depend on the number of threads.
public final class ImageTokenizerPass {
  /// Terms of the loss, weighted, and their sum.
  public struct Losses: Sendable, Equatable {
    /// Mean squared error of the reconstruction, on the scale of images in [-1, 1].
    public var reconstruction = 0.0
    public var codebook = 0.0
    public var commitment = 0.0
    public var entropy = 0.0
    public init() {}

    public var total: Double { reconstruction + codebook + commitment + entropy }
  }

  public struct Result {
    public let losses: Losses
    /// The codes chosen, `locations` an image.
    public let indices: [Int32]
    /// Encoder outputs before quantisation, (images · locations, code width).
    public let latents: Tensor
  }

  public let tokenizer: ImageTokenizer
  public let images: Int
  private let chunks: [Chunk]

  public init(_ tokenizer: ImageTokenizer, images: Int) {
    self.tokenizer = tokenizer
    self.images = images
    let size = tokenizer.configuration.chunk
    chunks = stride(from: 0, to: images, by: size).map {
      Chunk(tokenizer, range: $0..<min($0 + size, images))
    }
  }

  /// Adds the gradient of the total loss to every parameter's.
  /// - Parameter batch: (images, size, size, channels) in [-1, 1].
  public func run(_ batch: Tensor, weights: VectorQuantizer.Weights) -> Result {
    let configuration = tokenizer.configuration
    precondition(
      batch.shape == configuration.imageShape(images),
      "the pass was made for \(configuration.imageShape(images)), found \(batch.shape)")
    let latents = Tensor(uninitialized: [images * configuration.locations, configuration.codeWidth])
    Parallel.forEach(chunks.count) { chunks[$0].encode(batch, into: latents) }
    let quantized = tokenizer.quantizer.forward(latents, weights: weights)
    Parallel.forEach(chunks.count) { chunks[$0].decodeAndReturn(batch, quantized, tokenizer.quantizer) }
    collectGradients()
    let squares = chunks.reduce(0) { $0 + $1.squaredError }
    var losses = Losses()
    losses.reconstruction = squares / Double(batch.count)
    losses.codebook = quantized.codebookLoss
    losses.commitment = quantized.commitmentLoss
    losses.entropy = quantized.entropyLoss
    return Result(losses: losses, indices: quantized.indices, latents: latents)
  }

  /// Adds the chunks' gradients to the tokenizer's and sets them to zero.
  private func collectGradients() {
    let targets = Chunk.networkParameters(of: tokenizer)
    Parallel.forEach(targets.count) { index in
      let gradient = targets[index].gradient
      for chunk in chunks {
        let part = chunk.parameters[index].gradient
        add(part.pointer, to: gradient.pointer, count: gradient.count)
        part.fill(0)
      }
    }
  }
}

/// The work on some images of the batch; only one thread at a time uses it.
private final class Chunk: @unchecked Sendable {
  let range: Range<Int>
  let parameters: [Parameter]
  private(set) var squaredError = 0.0
  private let configuration: ImageTokenizerConfiguration
  private let encoder, decoder: LayerSequence
  private let saved = Activations()

  /// Everything but the codebook.
  static func networkParameters(of tokenizer: ImageTokenizer) -> [Parameter] {
    tokenizer.encoder.parameters + tokenizer.quantConvolution.parameters
      + tokenizer.postQuantConvolution.parameters + tokenizer.decoder.parameters
  }

  init(_ tokenizer: ImageTokenizer, range: Range<Int>) {
    self.range = range
    configuration = tokenizer.configuration
    encoder = LayerSequence([tokenizer.encoder, tokenizer.quantConvolution]).replica()
    decoder = LayerSequence([tokenizer.postQuantConvolution, tokenizer.decoder]).replica()
    parameters = encoder.parameters + decoder.parameters
  }

  func encode(_ batch: Tensor, into latents: Tensor) {
    let result = encoder.forward(images(batch), saving: saved)
    latents.row(range.lowerBound * configuration.locations).update(from: result.pointer, count: result.count)
  }

  /// Decodes, compares, and runs both networks backwards.
  func decodeAndReturn(
    _ batch: Tensor, _ quantized: VectorQuantizer.Quantized, _ quantizer: VectorQuantizer
  ) {
    let target = images(batch)
    let first = range.lowerBound * configuration.locations
    let values = Tensor(uninitialized: configuration.gridShape(range.count, configuration.codeWidth))
    values.pointer.update(from: quantized.values.row(first), count: values.count)
    let gradient = decoder.forward(values, saving: saved)
    squaredError = ck_squared_distance(gradient.pointer, target.pointer, target.count)
    // d/dx of the mean of (x - target)² over the whole batch.
    ck_axpy(gradient.pointer, target.pointer, -1, target.count)
    ck_scale(gradient.pointer, 2 / Float(batch.count), target.count)
    let latentGradient = decoder.backward(gradient, from: saved)
    quantizer.backward(latentGradient, firstRow: first, of: quantized)
    _ = encoder.backward(latentGradient, from: saved)
  }

  private func images(_ batch: Tensor) -> Tensor {
    let tensor = Tensor(uninitialized: configuration.imageShape(range.count))
    tensor.pointer.update(
      from: batch.pointer + range.lowerBound * configuration.imageValues, count: tensor.count)
    return tensor
  }
}
