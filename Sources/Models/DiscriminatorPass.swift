import Kernels
import Layers

/// Passes of a discriminator over whole batches: convolutions on chunks of images in parallel, norms over the batch.
///
/// Chunks have a fixed size and their gradients are added in their sequence, so that the number of threads does not
/// change a bit.
public final class DiscriminatorPass {
  /// What the discriminator learned from.
  public struct Losses: Sendable, Equatable {
    /// Half of mean max(0, 1 - D(real)) + mean max(0, 1 + D(fake)).
    public var hinge = 0.0
    /// Mean D of real images and of reconstructions.
    public var real = 0.0
    public var fake = 0.0

    public init(hinge: Double = 0, real: Double = 0, fake: Double = 0) {
      self.hinge = hinge
      self.real = real
      self.fake = fake
    }
  }

  public let discriminator: PatchDiscriminator
  private let images: Int
  private let chunks: [Chunk]
  private let normed = Activations()
  /// Images of a chunk.
  private static let chunk = 4

  public init(_ discriminator: PatchDiscriminator, images: Int) {
    self.discriminator = discriminator
    self.images = images
    chunks = stride(from: 0, to: images, by: Self.chunk).map {
      Chunk(discriminator, range: $0..<min($0 + Self.chunk, images))
    }
  }

  /// D of every square, (images, size, size, 1).
  public func result(of batch: Tensor) -> Tensor { forward(batch, saving: false) }

  /// The generator's loss -mean D(fake), and its gradient by the fakes. The parameters get no gradient.
  public func fool(_ fakes: Tensor) -> (loss: Double, gradient: Tensor) {
    let result = forward(fakes, saving: true)
    let share = -1 / Float(result.count)
    let gradient = Tensor(uninitialized: result.shape)
    gradient.fill(share)
    let byFakes = backward(gradient)
    for chunk in chunks { for parameter in chunk.parameters { parameter.gradient.fill(0) } }
    discriminator.arena.gradients.fill(0)
    return (-Self.mean(result), byFakes)
  }

  /// Adds the gradients of the hinge loss to the parameters'.
  public func learn(real: Tensor, fakes: Tensor) -> Losses {
    var losses = Losses()
    for (batch, sign) in [(real, Float(1)), (fakes, Float(-1))] {
      let result = forward(batch, saving: true)
      let gradient = Tensor(uninitialized: result.shape)
      var sum = 0.0
      for index in 0..<result.count {
        let margin = 1 - sign * result[index]
        sum += Double(max(margin, 0))
        gradient[index] = margin > 0 ? -sign / Float(2 * result.count) : 0
      }
      losses.hinge += sum / Double(2 * result.count)
      if sign > 0 { losses.real = Self.mean(result) } else { losses.fake = Self.mean(result) }
      _ = backward(gradient)
    }
    collectGradients()
    return losses
  }

  private static func mean(_ x: Tensor) -> Double {
    x.values.reduce(0) { $0 + Double($1) } / Double(x.count)
  }

  private func forward(_ batch: Tensor, saving: Bool) -> Tensor {
    precondition(batch.shape.first == images, "the pass was made for \(images) images, found \(batch.shape)")
    var current = batch
    for index in discriminator.parts.indices {
      current = inChunks(current) { $0.parts[index].forward($1, saving: saving ? $0.saved : nil) }
      if index < discriminator.norms.count {
        current = discriminator.norms[index].forward(current, saving: saving ? normed : nil)
      }
    }
    return current
  }

  private func backward(_ gradient: Tensor) -> Tensor {
    var current = gradient
    for index in discriminator.parts.indices.reversed() {
      if index < discriminator.norms.count {
        current = discriminator.norms[index].backward(current, from: normed)
      }
      current = inChunks(current) { $0.parts[index].backward($1, from: $0.saved) }
    }
    return current
  }

  /// Runs `body` on the images of each chunk in parallel and puts the results together.
  private func inChunks(_ batch: Tensor, _ body: (Chunk, Tensor) -> Tensor) -> Tensor {
    let size = batch.count / images
    var results = [Tensor?](repeating: nil, count: chunks.count)
    results.withUnsafeMutableBufferPointer { results in
      let results = results
      Parallel.forEach(chunks.count) { index in
        let range = chunks[index].range
        let part = Tensor(uninitialized: [range.count] + batch.shape.dropFirst())
        part.pointer.update(from: batch.pointer + range.lowerBound * size, count: part.count)
        results[index] = body(chunks[index], part)
      }
    }
    let parts = results.compactMap { $0 }
    let whole = Tensor(uninitialized: [images] + (parts.first?.shape.dropFirst() ?? []))
    var place = 0
    for part in parts {
      (whole.pointer + place).update(from: part.pointer, count: part.count)
      place += part.count
    }
    return whole
  }

  /// Adds the chunks' gradients to the discriminator's and sets them to zero.
  private func collectGradients() {
    let targets = discriminator.parts.flatMap(\.parameters)
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
  let parts: [LayerSequence]
  let parameters: [Parameter]
  let saved = Activations()

  init(_ discriminator: PatchDiscriminator, range: Range<Int>) {
    self.range = range
    parts = discriminator.parts.map { $0.replica() }
    parameters = parts.flatMap(\.parameters)
  }
}
