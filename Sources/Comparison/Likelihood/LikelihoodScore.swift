import Files
import Foundation
import Kernels
import Metrics
import Models
import Orders
import Training

/// Bits per token of held-out images along raster, random, greedy and extracted orders, conditions given.
public struct LikelihoodScore {
  let model: AnyOrderTransformer
  /// The images, with the orders that another model extracted for them or none.
  let data: TokenDataset
  let gridWidth: Int
  /// Makes orders of the images, along which they are measured too.
  let policy: AnyOrderTransformer?
  /// The rule by which the data's orders were made, as settings have it; nil for equation (1).
  let rule: JSONValue?
  let precision: Precision

  /// Images whose greedy orders are found together, at most; results do not depend on it.
  private static let batch = 16

  /// Passes over an image: an order each.
  public var passes: Int { (data.orders.isEmpty ? 3 : 4) + (policy == nil ? 0 : 1) }

  /// - Parameters:
  ///   - model: the model.
  ///   - data: the images, with orders or without.
  ///   - gridWidth: cells of a row.
  ///   - policy: a model that predicts locations, or nil.
  ///   - rule: the rule by which the data's orders were made.
  ///   - precision: what passes compute in.
  public init(
    model: AnyOrderTransformer, data: TokenDataset, gridWidth: Int, policy: AnyOrderTransformer? = nil,
    rule: JSONValue? = nil, precision: Precision
  ) {
    self.policy = policy
    self.rule = rule
    self.model = model
    self.data = data
    self.gridWidth = gridWidth
    self.precision = precision
  }

  /// Measures images.
  /// - Parameter afterEach: called with the number of passes over an image done; throws to stop.
  public func record(
    images: Range<Int>, seed: UInt64, afterEach: (Int) throws -> Void
  ) throws -> LikelihoodRecord {
    let likelihood = Likelihood(model: model, precision: precision)
    let raster = try likelihood.bitsPerToken(of: images, in: data, afterEach: { try afterEach($0) }) { _ in
      GenerationOrder.raster(data.locations)
    }
    let random = try likelihood.bitsPerToken(
      of: images, in: data, afterEach: { try afterEach(images.count + $0) }
    ) { Likelihood.randomOrder(of: $0, in: data) }
    let greedy = try greedyOrders(images) { try afterEach(2 * images.count + $0) }
    let extracted =
      data.orders.isEmpty
      ? nil
      : try likelihood.bitsPerToken(
        of: images, in: data, afterEach: { try afterEach(3 * images.count + $0) }
      ) { data.order(of: $0) }
    let greedyBits = greedy.map { found in
      -found.logLikelihood.reduce(0.0) { $0 + Double($1) } / Double(data.locations) / log(2)
    }
    // How much easier the learned order makes an image (paper, C.2): paired by image, in nats.
    let gain = zip(raster, greedyBits).map { ($0 - $1) * log(2) }
    let distances = greedy.map { GenerationOrder.meanStepDistance($0.order, gridWidth: gridWidth) }
    func spread(_ values: [Double]) throws -> LikelihoodRecord.ImageSpread {
      try LikelihoodRecord.ImageSpread(values, seed: seed)
    }
    var bits = ["raster": try spread(raster), "random": try spread(random), "greedy": try spread(greedyBits)]
    bits["extracted"] = try extracted.map(spread)
    bits["policy"] = try policy.map { policy in
      let orders = policyOrders(policy, images)
      return try spread(
        try likelihood.bitsPerToken(
          of: images, in: data, afterEach: { try afterEach((passes - 1) * images.count + $0) }
        ) { orders[$0 - images.lowerBound] })
    }
    return LikelihoodRecord(
      images: images.count, tokensPerImage: data.locations, bitsPerToken: bits,
      gain: LikelihoodRecord.Gain(
        perToken: try spread(gain), perImage: Summary(of: gain).mean * Double(data.locations)),
      greedyStepDistance: try spread(distances), extracted: extractedOrders(images))
  }

  /// What the orders of the data are like.
  private func extractedOrders(_ images: Range<Int>) -> LikelihoodRecord.Extracted? {
    guard !data.orders.isEmpty else { return nil }
    var variety = OrderVariety(locations: data.locations)
    var distance = 0.0
    for image in images {
      let order = data.order(of: image)
      variety.add(order)
      distance += GenerationOrder.meanStepDistance(order, gridWidth: gridWidth)
    }
    return LikelihoodRecord.Extracted(
      rule: rule, stepDistance: distance / Double(max(images.count, 1)), variety: variety.bits)
  }

  private func policyOrders(_ policy: AnyOrderTransformer, _ images: Range<Int>) -> [[Int]] {
    let extractor = PolicyOrderExtractor(
      policy: policy, batch: Self.batch(among: images), precision: precision)
    return inBatches(images, afterEach: { _ in }) {
      extractor.extract(tokens: $0, conditions: $1).map(\.order)
    }
  }

  private func greedyOrders(
    _ images: Range<Int>, afterEach: (Int) throws -> Void
  ) throws -> [GreedyOrderExtractor.Result] {
    let extractor = GreedyOrderExtractor(
      model: model, batch: Self.batch(among: images), precision: precision)
    return try inBatches(images, afterEach: afterEach) { extractor.extract(tokens: $0, conditions: $1) }
  }

  private static func batch(among images: Range<Int>) -> Int { max(min(batch, images.count), 1) }

  /// What is found of images, a batch of their codes and conditions at a time.
  /// - Parameter afterEach: called with the number of images done; throws to stop.
  private func inBatches<Found>(
    _ images: Range<Int>, afterEach: (Int) throws -> Void, find: ([[Int]], [Condition]) -> [Found]
  ) rethrows -> [Found] {
    let batch = Self.batch(among: images)
    var results = [Found]()
    for start in stride(from: images.lowerBound, to: images.upperBound, by: batch) {
      let part = start..<min(start + batch, images.upperBound)
      results += find(part.map { data.codes(of: $0) }, part.map(data.condition(of:)))
      try afterEach(results.count)
    }
    return results
  }
}
