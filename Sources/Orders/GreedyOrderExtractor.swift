import Foundation
import Kernels
import Models

/// Specialised orders by equation (1): πᵢ = argmax over free locations of max_v p(v | class, what is known),
/// teacher forced (paper §4.3, B.1; pipeline/method/orders.md §2).
///
/// The score is the largest probability of any code, not that of the image's own code, which enters only as the
/// content committed after the choice. All free locations are asked in parallel; only the chosen query's keys and
/// values stay in the cache. Conditional branch, temperature 1; ties go to the lowest raster location. `Laziness`
/// trades exactness for fewer queries; another `LocationRule` chooses otherwise by the same probabilities.
public final class GreedyOrderExtractor {
  /// One image's order and what was learned on the way.
  public struct Result: Sendable, Equatable {
    /// Raster location of every step.
    public var order: [Int]
    /// The largest probability of any code at each location when it was chosen.
    public var confidence: [Float]
    /// log p of the image's own code at each step, in nats.
    public var logLikelihood: [Float]
    /// Whether the rule would have chosen each location among all free ones too, given the steps before it; empty unless
    /// audited.
    public var isExactChoice: [Bool] = []
  }

  private let session: DecodingSession
  private let configuration: AnyOrderConfiguration
  private let rule: LocationRule

  /// - Parameters:
  ///   - rule: chooses each location by the confidences, without chance; equation (1) if not given.
  ///   - batch: images processed together; results do not depend on it.
  ///   - precision: one of `Precision.available`.
  public init(
    model: AnyOrderTransformer, rule: LocationRule = .greedy, batch: Int, precision: Precision = .float32
  ) {
    precondition(rule.temperature == 0, "orders are extracted without chance")
    session = DecodingSession(model: model, sequences: batch, precision: precision)
    configuration = model.configuration
    self.rule = rule
  }

  /// Orders of at most `batch` images.
  ///
  /// - Parameters:
  ///   - tokens: codes in raster layout, (images, N).
  ///   - conditions: what each image is drawn from.
  ///   - laziness: which free locations are asked at each step.
  ///   - audited: asks all free locations at every step, however lazy, to learn what the rule would have chosen
  ///     in the same context. The orders are those of the lazy method, the time that of the exact one.
  ///   - among: the locations to order, as many for each image, if not all: the order of known tokens alone,
  ///     for
  ///     editing (pipeline/method/generation.md §8).
  ///   - observe: called at every step with the log scores of what was asked: (step, image, locations, scores).
  public func extract(
    tokens: [[Int]], conditions: [Condition], laziness: Laziness = .exact, audited: Bool = false,
    among subsets: [[Int]]? = nil, observe: ((Int, Int, [Int], [Float]) -> Void)? = nil
  ) -> [Result] {
    precondition(tokens.count == conditions.count && tokens.count <= session.sequences)
    let images = 0..<tokens.count
    for image in images { session.start(image, conditions[image]) }
    var results = images.map { _ in Result(order: [], confidence: [], logLikelihood: []) }
    let steps = subsets?.first?.count ?? configuration.locations
    precondition(subsets?.allSatisfy { $0.count == steps } ?? true, "equal numbers of locations")
    let grid = (configuration.gridHeight, configuration.gridWidth)
    var searches = images.map {
      LocationSearch(locations: configuration.locations, free: subsets?[$0].sorted())
    }
    for step in 0..<steps {
      let placed = images.map { image in
        results[image].order.suffix(1).map { PlacedToken(location: $0, code: tokens[image][$0]) }
      }
      let candidates =
        rule.forced(
          images.map { (searches[$0].free, results[$0].order.last) }, grid: grid)
        ?? searches.map { $0.candidates(at: step, laziness) }
      let asked = audited ? searches.map(\.free) : candidates
      session.advance(images, placed: placed, asking: asked)
      let scores = session.scores(rule.certainty)
      let chosen = images.map { image -> Int in
        observe?(step, image, asked[image], scores[image])
        let previous = results[image].order.last
        func take(_ scores: [Float]) -> Int {
          searches[image].take(candidates[image], scores, by: rule, previous: previous, grid: grid)
        }
        guard audited else { return take(scores[image]) }
        let known = Dictionary(uniqueKeysWithValues: zip(asked[image], scores[image]))
        let best = take(candidates[image].compactMap { known[$0] })
        let choice = asked[image].firstIndex(of: candidates[image][best]) ?? 0
        results[image].isExactChoice.append(
          choice == rule.best(scores[image], free: asked[image], previous: previous, grid: grid))
        return choice
      }
      let logits = session.logits(images.map { ($0, chosen[$0]) })
      for image in images {
        let location = asked[image][chosen[image]]
        session.commit(image, location)
        results[image].order.append(location)
        let row = UnsafeBufferPointer(start: logits.row(image), count: logits.columns)
        results[image].confidence.append(
          rule.certainty == .confidence ? exp(scores[image][chosen[image]]) : Self.confidence(row))
        results[image].logLikelihood.append(Self.logProbability(of: tokens[image][location], row))
      }
    }
    return results
  }

  private static func logProbability(of code: Int, _ row: UnsafeBufferPointer<Float>) -> Float {
    let top = row.max() ?? 0
    let sum = row.reduce(0.0) { $0 + exp(Double($1 - top)) }
    return Float(Double(row[code] - top) - log(sum))
  }

  private static func confidence(_ row: UnsafeBufferPointer<Float>) -> Float {
    let top = row.max() ?? 0
    return Float(1 / row.reduce(0.0) { $0 + exp(Double($1 - top)) })
  }
}
