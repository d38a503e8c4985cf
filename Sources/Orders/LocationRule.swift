import Foundation
import Layers
import Randomness

/// How the next locations are chosen among the free ones, by how certain a model is of their codes.
///
/// By default it is equation (1): the location where max_v p(v) is largest. Another `certainty` ranks locations by
/// something else of the same probabilities. With a distance weight λ it is equation (6): the location that maximises
/// s(l) − λ · D(l, l_prev), D the Euclidean distance on the grid divided by its diagonal, without the penalty at the
/// first step (pipeline/method/generation.md §6). The paper leaves the scale of s open; `measure` has both readings of
/// it. With a temperature τ, Gumbel noise makes the choice stochastic: the k largest s / τ + G are a draw of k
/// locations without replacement with probabilities proportional to e^(s/τ). A `restraint` leaves less to choose
/// (pipeline/method/orders.md §10).
public struct LocationRule: Sendable, Equatable {
  /// What s of equation (6) is; both rise with c, so that λ = 0 is equation (1) in either.
  public enum Measure: String, Codable, Sendable, CaseIterable {
    /// c itself.
    case probability
    /// log c − log(1 − c), which keeps telling confident locations apart.
    case logOdds = "log-odds"
  }

  /// What a rule may not do, whatever the scores say.
  public enum Restraint: Sendable, Equatable {
    case none
    /// Leave the edge: a location next to a known one is taken, once there is any (up, down, left or right).
    case frontier
    /// Leave an order where little is gained: its next free location is taken unless another one's score is more than
    /// `price` nats above. At 0 that is the rule without restraint, with a high price the order.
    case anchor(order: [Int], price: Double)
    /// Leave a block of cells before it is full. Blocks divide the grid from its top left; the best one has the highest
    /// mean score, and its locations are taken row by row.
    case blocks(height: Int, width: Int)
  }

  /// What locations are ranked by.
  public var certainty: Certainty
  /// λ; 0: no penalty. It excludes everything below, and any certainty but confidence.
  public var distanceWeight: Double
  public var measure: Measure
  /// τ; 0: no noise. It excludes a restraint.
  public var temperature: Double
  public var restraint: Restraint
  /// How far apart, in cells, the locations of one step are as long as there are such: tokens that are drawn without
  /// seeing each other should not be neighbours (Zhang et al. 2025, arXiv:2507.01957). It excludes a distance weight and
  /// a restraint.
  public var spacing: Double

  public static let greedy = LocationRule()

  public init(
    certainty: Certainty = .confidence, distanceWeight: Double = 0, measure: Measure = .probability,
    temperature: Double = 0, restraint: Restraint = .none, spacing: Double = 0
  ) {
    precondition(distanceWeight >= 0 && temperature >= 0 && spacing >= 0)
    precondition(spacing == 0 || (distanceWeight == 0 && restraint == .none))
    precondition([distanceWeight > 0, temperature > 0, restraint != .none].count { $0 } <= 1)
    precondition(distanceWeight == 0 || certainty == .confidence)
    self.certainty = certainty
    self.distanceWeight = distanceWeight
    self.measure = measure
    self.temperature = temperature
    self.restraint = restraint
    self.spacing = spacing
  }

  /// The free locations that a step takes, in the sequence in which it takes them.
  ///
  /// - Parameters:
  ///   - scores: of each free location, in nats.
  ///   - free: the free locations in raster order; ties go to the lowest.
  ///   - count: how many to take. What is taken counts as known for the next one, also within a step, but scores are
  ///     not heard anew.
  ///   - previous: the last location placed before, nil at the first step.
  ///   - stream: gives one uniform value for each free location where there is noise, else nothing.
  /// - Returns: indices among the free locations.
  public func choose(
    _ scores: [Float], free: [Int], count: Int, previous: Int?, grid: (height: Int, width: Int),
    stream: inout RandomStream
  ) -> [Int] {
    if temperature > 0 {
      let noisy = scores.map { Double($0) / temperature + stream.gumbel() }
      return spaced(noisy, free: free, count: count, grid: grid)
    }
    if distanceWeight > 0 {
      return chooseNear(scores, free: free, count: count, previous: previous, grid: grid)
    }
    if restraint == .none { return spaced(scores, free: free, count: count, grid: grid) }
    return chooseRestrained(scores, free: free, count: count, previous: previous, grid: grid)
  }

  /// The best locations that keep their distance from each other, then the best of the others where these are too few.
  private func spaced<Score: Comparable>(
    _ scores: [Score], free: [Int], count: Int, grid: (height: Int, width: Int)
  ) -> [Int] {
    guard spacing > 0, count > 1 else { return LocationChoice.best(scores, count: count) }
    var (chosen, left): ([Int], [Int]) = ([], [])
    for index in LocationChoice.best(scores, count: free.count) {
      let isFar = chosen.allSatisfy { other in
        let (a, b) = (free[index], free[other])
        return hypot(Double(a / grid.width - b / grid.width), Double(a % grid.width - b % grid.width))
          >= spacing
      }
      if isFar && chosen.count < count { chosen.append(index) } else { left.append(index) }
    }
    return chosen + left.prefix(count - chosen.count)
  }

  /// The one free location that a step takes, where nothing is drawn: an index among the free ones.
  func best(
    _ scores: [Float], free: [Int], previous: Int?, grid: (height: Int, width: Int)
  ) -> Int {
    precondition(temperature == 0, "a choice by chance needs a random stream")
    if distanceWeight > 0 {
      return chooseNear(scores, free: free, count: 1, previous: previous, grid: grid)[0]
    }
    if restraint == .none { return LocationChoice.best(scores) }
    return chooseRestrained(scores, free: free, count: 1, previous: previous, grid: grid)[0]
  }

  /// The locations of equation (6), one after the other.
  private func chooseNear(
    _ logConfidences: [Float], free: [Int], count: Int, previous: Int?, grid: (height: Int, width: Int)
  ) -> [Int] {
    let scores = logConfidences.map { score(logConfidence: Double($0)) }
    var chosen: [Int] = []
    var last = previous
    for _ in 0..<count {
      let penalised = free.indices.map { index -> Double in
        if chosen.contains(index) { return -.infinity }
        return scores[index] - (last.map { distanceWeight * Self.distance(free[index], $0, grid) } ?? 0)
      }
      let best = LocationChoice.best(penalised)
      chosen.append(best)
      last = free[best]
    }
    return chosen
  }

  /// s of equation (6).
  private func score(logConfidence: Double) -> Double {
    switch measure {
    case .probability: exp(logConfidence)
    // Certainty has infinite odds, so 1 − c counts as the smallest positive float at least.
    case .logOdds: logConfidence - log(max(-expm1(logConfidence), 0x1p-149))
    }
  }

  /// Euclidean distance of two cells, 1 from corner to corner.
  private static func distance(_ a: Int, _ b: Int, _ grid: (height: Int, width: Int)) -> Double {
    let diagonal = hypot(Double(grid.height - 1), Double(grid.width - 1))
    let length = hypot(Double(a / grid.width - b / grid.width), Double(a % grid.width - b % grid.width))
    return length / max(diagonal, 1)
  }
}

extension RandomStream {
  /// A value of the standard Gumbel distribution, −log(−log u).
  mutating func gumbel() -> Double { -log(-log(max(uniform(), 0x1p-1022))) }
}
