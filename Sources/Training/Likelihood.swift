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
    order: (Int) -> [Int32]
  ) rethrows -> [Double] {
    var result: [Double] = []
    result.reserveCapacity(images.count)
    var start = images.lowerBound
    while start < images.upperBound {
      let part = start..<min(start + pass.capacity, images.upperBound)
      let losses = pass.losses(
        of: AnyOrderBatch(
          tokens: part.flatMap { data.codes(of: $0) }, labels: part.map { data.labels[$0] },
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

  /// Bits per token under raster order and under one keyed random order an image: (raster, random).
  public func rasterAndRandom(of images: Range<Int>, in data: TokenDataset) -> (
    raster: Double, random: Double
  ) {
    func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(max(values.count, 1)) }
    let raster = bitsPerToken(of: images, in: data, afterEach: { _ in }) { _ in
      (0..<Int32(data.locations)).map { $0 }
    }
    let random = bitsPerToken(of: images, in: data, afterEach: { _ in }) {
      Self.randomOrder(of: $0, in: data)
    }
    return (mean(raster), mean(random))
  }

  /// The random order that likelihoods are measured along: the same for every model, so that they compare.
  public static func randomOrder(of image: Int, in data: TokenDataset) -> [Int32] {
    GenerationOrder.random(
      data.locations, seed: 0, purpose: "likelihood.order", data.sampleIDs[image]
    ).map(Int32.init)
  }
}
