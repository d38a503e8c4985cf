import Foundation
import Kernels
import Models
import Training

/// The difference in V-information between two sets of orders of the same images (paper, equations 3 to 5).
///
/// H_V(Y|X) is the least cross-entropy that a model of a family V has for Y given X. Information about each token,
/// summed over the steps of an order, is Σ H_V(Y_i | ∅) − Σ H_V(Y_i | X_<i); the first sum is over the same tokens in
/// either order. So the difference is that of the summed cross-entropies, exactly: with orders o and r
///
///     δ = Σ_i CE(Y^r_i | X^r_<i) − Σ_i CE(Y^o_i | X^o_<i)
///
/// in nats an image, above 0 where o makes images easier to predict.
public struct InformationGain {
  /// Orders of the images, and what they are called.
  public struct OrderSet {
    public let name: String
    let order: (Int) -> [Int]

    /// - Parameter order: the order of an image, a permutation of its locations.
    public init(_ name: String, _ order: @escaping (Int) -> [Int]) {
      self.name = name
      self.order = order
    }
  }

  /// The models of the family, each with a name; the first is asked along both.
  let models: [(name: String, model: AnyOrderTransformer)]
  let data: TokenDataset
  let precision: Precision

  public init(
    models: [(name: String, model: AnyOrderTransformer)], data: TokenDataset, precision: Precision
  ) {
    self.models = models
    self.data = data
    self.precision = precision
  }

  /// Passes over an image.
  public var passes: Int { 2 * models.count }

  /// Measures images.
  /// - Parameter afterEach: called with the number of passes over an image done; throws to stop.
  public func record(
    _ orders: OrderSet, over reference: OrderSet, images: Range<Int>, seed: UInt64,
    afterEach: (Int) throws -> Void
  ) throws -> InformationRecord {
    var done = 0
    // Of each model, in nats an image: along the orders, and along those that they are compared with.
    let entropies = try models.map { _, model in
      let likelihood = Likelihood(model: model, precision: precision)
      return try [orders, reference].map { set in
        let bits = try likelihood.bitsPerToken(
          of: images, in: data, afterEach: { try afterEach(done + $0) }, order: set.order)
        done += images.count
        return bits.map { $0 * log(2) * Double(data.locations) }
      }
    }
    func row(_ first: Int, _ second: Int) throws -> InformationRecord.Row {
      try InformationRecord.Row(
        models: [models[first].name, models[second].name], orders: entropies[first][0],
        reference: entropies[second][1], tokens: data.locations, seed: seed)
    }
    /// The model of the family that predicts best along one of the sets; the first on ties.
    func best(_ set: Int) -> Int {
      let sums = entropies.map { $0[set].reduce(0, +) }
      return sums.indices.min { (sums[$0], $0) < (sums[$1], $1) } ?? 0
    }
    return InformationRecord(
      images: images.count, tokensPerImage: data.locations, orders: orders.name, reference: reference.name,
      oneModel: try row(0, 0), bestOfFamily: models.count > 1 ? try row(best(0), best(1)) : nil)
  }
}
