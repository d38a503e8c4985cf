import CKernels
import Kernels
import Layers

/// One training pass of an image tokenizer on batches of a fixed size: loss terms and all gradients.
///
/// The batch is split into chunks of images. Each chunk runs through encoder and decoder on one thread with
/// gradients of its own, which are then added in the order of the chunks; only the quantiser and a discriminator see
/// the whole batch. So the result does not depend on the number of threads.
public final class ImageTokenizerPass {
  /// Terms of the loss, weighted, and their sum.
  public struct Losses: Sendable, Equatable {
    /// Mean squared error of the reconstruction, on the scale of images in [-1, 1].
    public var reconstruction = 0.0
    public var codebook = 0.0
    public var commitment = 0.0
    public var entropy = 0.0
    /// The reconstruction's further term.
    public var perceptual = 0.0
    /// The loss against the discriminator.
    public var adversarial = 0.0
    public init() {}

    public var total: Double {
      reconstruction + codebook + commitment + entropy + perceptual + adversarial
    }
  }

  public struct Result {
    public let losses: Losses
    /// The codes chosen, `locations` an image.
    public let indices: [Int32]
    /// Encoder outputs before quantisation, (images · locations, code width).
    public let latents: Tensor
    /// With an adversary: the reconstructions, of the batch's shape, and the adapted weight of its loss.
    public let fakes: Tensor?
    public let adversarialWeight: Double
  }

  public let tokenizer: ImageTokenizer
  public let images: Int
  private let term: ReconstructionTerm?
  private let chunks: [TokenizerChunk]

  /// - Parameter term: a further term of the reconstruction; nil for the squared error alone.
  public init(_ tokenizer: ImageTokenizer, images: Int, term: ReconstructionTerm? = nil) {
    self.tokenizer = tokenizer
    self.images = images
    self.term = term
    let size = tokenizer.configuration.chunk
    chunks = stride(from: 0, to: images, by: size).map {
      TokenizerChunk(tokenizer, range: $0..<min($0 + size, images))
    }
  }

  /// Adds the gradient of the total loss to every parameter's.
  /// - Parameters:
  ///   - batch: (images, size, size, channels) in [-1, 1].
  ///   - adversary: what the reconstructions are to fool; nil for none.
  public func run(
    _ batch: Tensor, weights: VectorQuantizer.Weights, adversary: Adversary? = nil
  ) -> Result {
    let configuration = tokenizer.configuration
    precondition(
      batch.shape == configuration.imageShape(images),
      "the pass was made for \(configuration.imageShape(images)), found \(batch.shape)")
    let latents = Tensor(uninitialized: [images * configuration.locations, configuration.codeWidth])
    Parallel.forEach(chunks.count) { chunks[$0].encode(batch, into: latents) }
    let quantized = tokenizer.quantizer.forward(latents, weights: weights)
    Parallel.forEach(chunks.count) { index in
      chunks[index].decode(batch, quantized, term)
      // Without an adversary nothing has to be waited for, and the activations are still in the cache.
      if adversary == nil { chunks[index].goBack(quantized, tokenizer.quantizer) }
    }
    var losses = Losses()
    var (fakes, adapted) = (Tensor?.none, 0.0)
    if let adversary {
      let reconstructions = Tensor(uninitialized: batch.shape)
      for chunk in chunks { chunk.copyReconstruction(into: reconstructions) }
      let fooled = adversary.pass.fool(reconstructions)
      adapted = adversary.adapted(lastKernelNorm(nil), lastKernelNorm(fooled.gradient))
      losses.adversarial = adapted * fooled.loss
      fakes = reconstructions
      Parallel.forEach(chunks.count) { index in
        chunks[index].add(fooled.gradient, times: Float(adapted))
        chunks[index].goBack(quantized, tokenizer.quantizer)
      }
    }
    collectGradients()
    let squares = chunks.reduce(0) { $0 + $1.squaredError }
    losses.reconstruction = squares / Double(batch.count)
    losses.codebook = quantized.codebookLoss
    losses.commitment = quantized.commitmentLoss
    losses.entropy = quantized.entropyLoss
    losses.perceptual = (term?.weight ?? 0) * chunks.reduce(0) { $0 + $1.distance } / Double(images)
    return Result(
      losses: losses, indices: quantized.indices, latents: latents, fakes: fakes, adversarialWeight: adapted)
  }

  /// The length of the gradient of the decoder's last kernel, from a gradient of the batch's reconstructions; nil: from
  /// that of their own terms.
  private func lastKernelNorm(_ gradient: Tensor?) -> Double {
    Parallel.forEach(chunks.count) { chunks[$0].probe(gradient) }
    var sum = [Float](repeating: 0, count: chunks.first?.lastKernelGradient.count ?? 0)
    for chunk in chunks {
      let part = chunk.lastKernelGradient
      for index in sum.indices { sum[index] += part[index] }
      part.fill(0)
    }
    return sum.reduce(0) { $0 + Double($1) * Double($1) }.squareRoot()
  }

  /// Adds the chunks' gradients to the tokenizer's and sets them to zero.
  private func collectGradients() {
    let targets = TokenizerChunk.networkParameters(of: tokenizer)
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
