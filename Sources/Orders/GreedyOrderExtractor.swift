import Foundation
import Kernels
import Models

/// Specialised orders by equation (1): πᵢ = argmax over free locations of max_v p(v | class, what is known), teacher
/// forced (paper §4.3, B.1; spec/class-conditional §4.1).
///
/// The score is the largest probability of any code, not that of the image's own code, which enters only as the
/// content committed after the choice. All free locations are asked in parallel; only the chosen query's keys and
/// values stay in the cache. Conditional branch, temperature 1; ties go to the lowest raster location.
public final class GreedyOrderExtractor {
  /// One image's order and what was learned on the way.
  public struct Result: Sendable, Equatable {
    /// Raster location of every step.
    public var order: [Int]
    /// Probability that made each location win.
    public var confidence: [Float]
    /// log p of the image's own code at each step, in nats.
    public var logLikelihood: [Float]
  }

  private let session: DecodingSession
  private let locations: Int

  /// - Parameters:
  ///   - batch: images processed together; results do not depend on it.
  ///   - precision: one of `Precision.available`.
  public init(model: AnyOrderTransformer, batch: Int, precision: Precision = .float32) {
    session = DecodingSession(model: model, sequences: batch, precision: precision)
    locations = model.configuration.locations
  }

  /// Orders of at most `batch` images.
  ///
  /// - Parameters:
  ///   - tokens: codes in raster layout, (images, N).
  ///   - labels: class of each image.
  ///   - observe: called at every step with the log scores of the free locations: (step, image, free, scores).
  public func extract(
    tokens: [[Int]], labels: [Int], observe: ((Int, Int, [Int], [Float]) -> Void)? = nil
  ) -> [Result] {
    precondition(tokens.count == labels.count && tokens.count <= session.sequences)
    session.reset()
    let images = 0..<tokens.count
    var results = images.map { _ in Result(order: [], confidence: [], logLikelihood: []) }
    var free = images.map { _ in Array(0..<locations) }
    for step in 0..<locations {
      let causal = images.map { image -> [DecodingRow] in
        guard let last = results[image].order.last else { return [.label(labels[image])] }
        return [.content(code: tokens[image][last], location: last)]
      }
      session.advance(images, causal: causal, queries: free)
      let scores = session.logConfidences()
      let chosen = images.map { LocationChoice.best(scores[$0]) }
      let logits = session.logits(images.map { ($0, session.causalRows + chosen[$0]) })
      for image in images {
        observe?(step, image, free[image], scores[image])
        session.commit(image, query: chosen[image])
        let location = free[image].remove(at: chosen[image])
        results[image].order.append(location)
        results[image].confidence.append(exp(scores[image][chosen[image]]))
        results[image].logLikelihood.append(
          logProbability(of: tokens[image][location], logits: logits.row(image), count: logits.columns))
      }
    }
    return results
  }

  private func logProbability(of code: Int, logits: UnsafePointer<Float>, count: Int) -> Float {
    let row = UnsafeBufferPointer(start: logits, count: count)
    let top = row.max() ?? 0
    let sum = row.reduce(0.0) { $0 + exp(Double($1 - top)) }
    return Float(Double(row[code] - top) - log(sum))
  }
}

/// Choosing among free locations by score.
enum LocationChoice {
  /// The first of the highest scores; free locations are kept in raster order, so ties go to the lowest.
  static func best(_ scores: [Float]) -> Int {
    var best = 0
    for index in scores.indices where scores[index] > scores[best] { best = index }
    return best
  }

  /// The `count` highest scores in descending order, ties to the lowest location.
  static func best(_ scores: [Float], count: Int) -> [Int] {
    let ranked = scores.indices.sorted { scores[$0] != scores[$1] ? scores[$0] > scores[$1] : $0 < $1 }
    return Array(ranked.prefix(count))
  }
}
