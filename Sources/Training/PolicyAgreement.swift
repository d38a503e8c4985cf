import Foundation
import Kernels
import Models
import Orders

/// How well a policy follows extracted orders (pipeline/method/orders.md): teacher forced along them, by what it finds
/// likeliest, and by the orders that it makes itself.
public struct PolicyAgreement: Sendable, Equatable {
  /// Share of steps at which the location that it finds likeliest is the order's.
  public var top1 = 0.0
  /// Share of steps at which the order's is among the five likeliest.
  public var top5 = 0.0
  /// Mean surprise at the order's location, in nats a step.
  public var loss = 0.0
  /// Mean of log confidence given away by a step, in nats: the model's at the location of the order less that at the
  /// policy's, both as the model scores them there.
  public var regret = 0.0
  /// Kendall's τ of the policy's own orders and the extracted ones, mean over images.
  public var tau = 0.0

  /// Sequences decoded together, which changes no result.
  private static let together = 32

  /// Measures it on images with extracted orders, N steps of each but the last, which is certain.
  ///
  /// - Parameters:
  ///   - policy: a model that predicts locations.
  ///   - model: the one that extracted the orders.
  public init(
    of policy: AnyOrderTransformer, judgedBy model: AnyOrderTransformer, along data: TokenDataset,
    images: Range<Int>, precision: Precision = .float32
  ) {
    let extractor = PolicyOrderExtractor(policy: policy, batch: Self.together, precision: precision)
    let learned = LearnedPolicy(policy, images: Self.together, precision: precision)
    let judge = DecodingSession(model: model, sequences: Self.together, precision: precision)
    let steps = data.locations - 1
    for start in stride(from: images.lowerBound, to: images.upperBound, by: Self.together) {
      let part = start..<min(start + Self.together, images.upperBound)
      let (places, orders) = (0..<part.count, part.map(data.order(of:)))
      let codes = part.map(data.codes(of:))
      let conditions = part.map(data.condition(of:))
      for (place, own) in extractor.extract(tokens: codes, conditions: conditions).enumerated() {
        tau += OrderAgreement.kendallTau(own.order, orders[place])
      }
      for place in places {
        learned.start(place, conditions[place])
        judge.start(place, conditions[place])
      }
      var free = places.map { _ in Array(0..<data.locations) }
      for step in 0..<steps {
        let placed = places.map { place -> [PlacedToken] in
          orders[place][max(step - 1, 0)..<step].map { PlacedToken(location: $0, code: codes[place][$0]) }
        }
        let found = learned.logProbabilities(places, placed: placed, free: free)
        judge.advance(places, placed: placed, asking: free)
        let confidences = judge.logConfidences()
        for place in places {
          let right = free[place].firstIndex(of: orders[place][step]) ?? 0
          let better = found[place].indices.count {
            found[place][$0] > found[place][right] || (found[place][$0] == found[place][right] && $0 < right)
          }
          top1 += better == 0 ? 1 : 0
          top5 += better < 5 ? 1 : 0
          loss -= Double(found[place][right])
          let likeliest = LocationChoice.best(found[place])
          regret += Double(confidences[place][right] - confidences[place][likeliest])
          judge.commit(place, orders[place][step])
          free[place].remove(at: right)
        }
      }
    }
    let count = Double(max(images.count, 1))
    tau /= count
    let all = count * Double(max(steps, 1))
    (top1, top5, loss, regret) = (top1 / all, top5 / all, loss / all, regret / all)
  }
}
