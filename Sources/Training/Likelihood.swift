import Foundation
import Kernels
import Models
import Orders

/// The likelihood of images under a model, token by token, along given orders.
public struct Likelihood {
  private let pass: AnyOrderPass
  private let model: AnyOrderTransformer

  /// - Parameter precision: one of `Precision.available`.
  public init(model: AnyOrderTransformer, precision: Precision = .float32) {
    self.model = model
    pass = AnyOrderPass(model: model, training: false, precision: precision)
  }

  /// −log₂ p of each image in bits per token, labels given, along the orders that `order` names.
  ///
  /// - Parameters:
  ///   - images: indices into the data.
  ///   - order: the order of an image.
  ///   - afterEach: called with the number of images done; throw to stop.
  public func bitsPerToken(
    of images: Range<Int>, in data: TokenDataset, afterEach: (Int) throws -> Void,
    order: (Int) -> [Int]
  ) rethrows -> [Double] {
    var result: [Double] = []
    result.reserveCapacity(images.count)
    var start = images.lowerBound
    while start < images.upperBound {
      let part = start..<min(start + pass.capacity, images.upperBound)
      let losses = pass.losses(
        of: AnyOrderBatch(
          tokens: part.flatMap { data.codes(of: $0) }, conditions: part.map(data.condition(of:)),
          orders: part.flatMap(order)))
      for image in 0..<part.count {
        let nats = losses[image * data.locations..<(image + 1) * data.locations].reduce(0.0) {
          $0 + Double($1)
        }
        result.append(nats / Double(data.locations) / log(2))
      }
      start = part.upperBound
      try afterEach(result.count)
    }
    return result
  }

  /// Mean bits per token of some images, by order.
  public struct Means: Sendable {
    public let raster: Double
    /// Along one keyed random order an image.
    public let random: Double
    /// Along the orders that the data hold; nil where they hold none.
    public let extracted: Double?
  }

  /// Mean bits per token along raster order, one keyed random order an image, and the data's own orders.
  public func means(of images: Range<Int>, in data: TokenDataset) -> Means {
    func mean(along order: (Int) -> [Int]) -> Double {
      let bits = bitsPerToken(of: images, in: data, afterEach: { _ in }, order: order)
      return bits.reduce(0, +) / Double(max(bits.count, 1))
    }
    return Means(
      raster: mean { _ in GenerationOrder.raster(data.locations) },
      random: mean { Self.randomOrder(of: $0, in: data) },
      extracted: data.orders.isEmpty ? nil : mean { data.order(of: $0) })
  }

  /// The random order that likelihoods are measured along: the same for every model, so that they compare.
  public static func randomOrder(of image: Int, in data: TokenDataset) -> [Int] {
    GenerationOrder.random(
      data.locations, seed: 0, purpose: "likelihood.order", data.sampleIDs[image]
    )
  }
}
