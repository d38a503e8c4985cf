import Foundation
import Models
import Randomness
import TestSupport
import Testing
import Training

/// Likelihoods of a model in which everything matters, against a double-precision model that shares no code.
@Suite struct LikelihoodTests {
  private static let configuration = DistinctImages.configuration
  /// More images than one pass takes.
  private static let count = 350
  private static let data = TokenDataset(
    sampleIDs: (0..<count).map { 5 + 3 * UInt64($0) }, labels: (0..<count).map { UInt32($0 % 11) },
    tokens: (0..<count * 6).map { UInt16($0 * $0 % 66) }, locations: 6)

  private static let model: AnyOrderTransformer = {
    let model = AnyOrderTransformer(configuration: configuration)
    model.fillForTests(seed: 9)
    return model
  }()

  /// Bits a token of an image along an order, with its own label or another one.
  private func expected(_ image: Int, _ order: [Int], label: Int? = nil) -> Double {
    let nats = NaiveTransformer(Self.model).losses(
      of: AnyOrderBatch(
        tokens: Self.data.codes(of: image), labels: [label ?? Int(Self.data.labels[image])],
        orders: order))
    return nats.reduce(0, +) / 6 / log(2)
  }

  private func order(of image: Int) -> [Int] { DistinctImages.orders[image % 11] }

  @Test func `each image's likelihood is that of its tokens, its label and its order`() {
    var done: [Int] = []
    let found = Likelihood(model: Self.model).bitsPerToken(
      of: 3..<Self.count, in: Self.data, afterEach: { done.append($0) },
      order: order(of:))
    #expect(found.count == Self.count - 3)
    for (index, bits) in found.enumerated() {
      let image = index + 3
      #expect(abs(bits - expected(image, order(of: image))) < 1e-5, "image \(image)")
    }
    #expect(done == [341, 347])
  }

  @Test func `label and direction of the order make a difference that the limit cannot hide`() {
    for image in 0..<11 {
      let right = expected(image, order(of: image))
      #expect(abs(expected(image, order(of: image), label: 11) - right) > 1e-3)
      #expect(abs(expected(image, order(of: image), label: (image + 1) % 11) - right) > 1e-3)
      #expect(abs(expected(image, order(of: image).reversed()) - right) > 1e-3)
      #expect(abs(expected(image, order(of: (image + 1) % 11)) - right) > 1e-3)
    }
  }

  @Test func `raster and random orders are those of the documentation`() {
    func random(_ image: Int) -> [Int] {
      var stream = RandomStream(seed: 0, purpose: "likelihood.order", 5 + 3 * UInt64(image))
      return stream.permutation(6)
    }
    for image in 0..<20 {
      #expect(Likelihood.randomOrder(of: image, in: Self.data).map { Int($0) } == random(image))
    }
    let found = Likelihood(model: Self.model).means(of: 10..<30, in: Self.data)
    let raster = (10..<30).reduce(0.0) { $0 + expected($1, Array(0..<6)) } / 20
    let keyed = (10..<30).reduce(0.0) { $0 + expected($1, random($1)) } / 20
    #expect(abs(found.raster - raster) < 1e-5 && abs(found.random - keyed) < 1e-5)
    #expect(abs(raster - keyed) > 1e-2)
  }
}
