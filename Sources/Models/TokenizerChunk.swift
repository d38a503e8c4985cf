import CKernels
import Kernels
import Layers

/// The work on some images of a tokenizer's batch; only one thread at a time uses it.
final class TokenizerChunk: @unchecked Sendable {
  let range: Range<Int>
  let parameters: [Parameter]
  private(set) var squaredError = 0.0
  /// Sum over the images of the further term, unweighted.
  private(set) var distance = 0.0
  private let configuration: ImageTokenizerConfiguration
  private let encoder, decoder: LayerSequence
  /// The decoder's last layer, with a gradient of its own.
  private let last: Convolution?
  private let saved = Activations()
  /// Of this batch: what was decoded, the gradient of its own terms, and what the last layer read.
  private var decoded: (images: Tensor, gradient: Tensor, hidden: Tensor?)?

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
    last = (tokenizer.decoder.layers.last as? Convolution)?.replica(isFirst: true)
    parameters = encoder.parameters + decoder.parameters
  }

  func encode(_ batch: Tensor, into latents: Tensor) {
    let result = encoder.forward(images(batch), saving: saved)
    latents.row(range.lowerBound * configuration.locations).update(from: result.pointer, count: result.count)
  }

  /// Decodes and compares.
  func decode(_ batch: Tensor, _ quantized: VectorQuantizer.Quantized, _ term: ReconstructionTerm?) {
    let target = images(batch)
    let values = Tensor(uninitialized: configuration.gridShape(range.count, configuration.codeWidth))
    values.pointer.update(from: quantized.values.row(firstRow), count: values.count)
    let result = decoder.forward(values, saving: saved)
    squaredError = ck_squared_distance(result.pointer, target.pointer, target.count)
    // d/dx of the mean of (x - target)² over the whole batch.
    let gradient = Tensor(uninitialized: result.shape)
    gradient.copy(from: result)
    ck_axpy(gradient.pointer, target.pointer, -1, target.count)
    ck_scale(gradient.pointer, 2 / Float(batch.count), target.count)
    if let term {
      let share = Float(term.weight / Double(batch.shape[0]))
      distance = term.criterion.add(result, target: target, share: share, to: gradient)
    }
    decoded = (result, gradient, saved.last)
  }

  func copyReconstruction(into batch: Tensor) {
    guard let images = decoded?.images else { return }
    (batch.pointer + range.lowerBound * configuration.imageValues).update(
      from: images.pointer, count: images.count)
  }

  /// Adds a share of a gradient of the batch's reconstructions to the chunk's.
  func add(_ gradient: Tensor, times factor: Float) {
    guard let own = decoded?.gradient else { return }
    let part = gradient.pointer + range.lowerBound * configuration.imageValues
    ck_axpy(own.pointer, part, factor, own.count)
  }

  /// The gradient of the decoder's last kernel that `probe` adds to.
  var lastKernelGradient: Tensor { last?.weight.gradient ?? Tensor([0]) }

  /// Adds the gradient of the last kernel, from one of the batch's reconstructions, or from that of the chunk's terms.
  func probe(_ gradient: Tensor?) {
    guard let last, let decoded, let hidden = decoded.hidden else { return }
    let input = Activations()
    input.push(hidden)
    _ = last.backward(gradient.map(images) ?? decoded.gradient, from: input)
  }

  /// Runs both networks backwards, from the gradient of the reconstruction.
  func goBack(_ quantized: VectorQuantizer.Quantized, _ quantizer: VectorQuantizer) {
    guard let gradient = decoded?.gradient else { return }
    decoded = nil
    let latentGradient = decoder.backward(gradient, from: saved)
    quantizer.backward(latentGradient, firstRow: firstRow, of: quantized)
    _ = encoder.backward(latentGradient, from: saved)
  }

  private var firstRow: Int { range.lowerBound * configuration.locations }

  private func images(_ batch: Tensor) -> Tensor {
    let tensor = Tensor(uninitialized: configuration.imageShape(range.count))
    tensor.pointer.update(
      from: batch.pointer + range.lowerBound * configuration.imageValues, count: tensor.count)
    return tensor
  }
}
