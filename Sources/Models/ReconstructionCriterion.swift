import Kernels

/// How unlike its image a reconstruction looks, beside the squared error.
public protocol ReconstructionCriterion: Sendable {
  /// Adds the gradient of share · (sum over the images) by the reconstruction, and returns the sum without the share.
  /// Works on the calling thread; several may do so at once.
  /// - Parameters:
  ///   - reconstruction: (images, size, size, channels) as decoded, not clamped; `gradient` likewise.
  ///   - target: the images in [-1, 1].
  func add(_ reconstruction: Tensor, target: Tensor, share: Float, to gradient: Tensor) -> Double
}

/// A criterion with its weight in the loss: weight · (mean over the images).
public struct ReconstructionTerm: Sendable {
  public let criterion: any ReconstructionCriterion
  public let weight: Double

  public init(_ criterion: any ReconstructionCriterion, weight: Double) {
    self.criterion = criterion
    self.weight = weight
  }
}

/// A discriminator that reconstructions are to fool, with the weight before it is adapted to the other terms.
public struct Adversary {
  public let pass: DiscriminatorPass
  public let weight: Double

  public init(_ pass: DiscriminatorPass, weight: Double) {
    self.pass = pass
    self.weight = weight
  }

  /// The weight of the generator's loss: that of the settings times the length of the gradient of the other terms of
  /// the reconstruction by the decoder's last kernel, in units of the length of the generator's own, at most 10⁴
  /// (taming transformers).
  func adapted(_ others: Double, _ own: Double) -> Double { weight * min(others / (own + 1e-4), 1e4) }
}
