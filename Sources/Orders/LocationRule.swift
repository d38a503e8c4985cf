import Foundation
import Randomness

/// How the next locations are chosen among the free ones by their confidence c = max_v p(v).
///
/// Greedy is equation (1). With a distance weight λ it is equation (6): the location that maximises
/// s(l) − λ · D(l, l_prev), D the Euclidean distance on the grid divided by its diagonal, without the penalty
/// at the first step (pipeline/method/generation.md §6). The paper leaves the scale of s open; `measure` has
/// both readings of it. With a temperature τ, Gumbel noise makes the choice stochastic: the k largest
/// log c / τ + G are a draw of k locations without replacement with probabilities proportional to c^(1/τ).
public struct LocationRule: Sendable, Equatable {
  /// What s of equation (6) is; both rise with c, so that λ = 0 is equation (1) in either.
  public enum Measure: String, Codable, Sendable, CaseIterable {
    /// c itself.
    case probability
    /// log c − log(1 − c), which keeps telling confident locations apart.
    case logOdds = "log-odds"
  }

  /// λ; 0: no penalty.
  public var distanceWeight: Double
  public var measure: Measure
  /// τ; 0: no noise. Distance and noise exclude each other.
  public var temperature: Double

  public static let greedy = LocationRule()

  public init(distanceWeight: Double = 0, measure: Measure = .probability, temperature: Double = 0) {
    precondition(distanceWeight >= 0 && temperature >= 0 && (distanceWeight == 0 || temperature == 0))
    self.distanceWeight = distanceWeight
    self.measure = measure
    self.temperature = temperature
  }

  /// The free locations that a step takes, in the sequence in which it takes them.
  ///
  /// - Parameters:
  ///   - logConfidences: log c of each free location.
  ///   - free: the free locations in raster order; ties go to the lowest.
  ///   - count: how many to take. Each distance is measured from the location taken before, also within a
  ///     step.
  ///   - previous: the last location placed before, nil at the first step.
  ///   - stream: gives one uniform value for each free location where there is noise, else nothing.
  /// - Returns: indices among the free locations.
  public func choose(
    _ logConfidences: [Float], free: [Int], count: Int, previous: Int?, grid: (height: Int, width: Int),
    stream: inout RandomStream
  ) -> [Int] {
    if temperature > 0 {
      let noisy = logConfidences.map { Double($0) / temperature + stream.gumbel() }
      return LocationChoice.best(noisy, count: count)
    }
    guard distanceWeight > 0 else { return LocationChoice.best(logConfidences, count: count) }
    return chooseNear(logConfidences, free: free, count: count, previous: previous, grid: grid)
  }

  /// The one free location that a step takes, where nothing is drawn: an index among the free ones.
  func best(
    _ logConfidences: [Float], free: [Int], previous: Int?, grid: (height: Int, width: Int)
  ) -> Int {
    precondition(temperature == 0, "a choice by chance needs a random stream")
    guard distanceWeight > 0 else { return LocationChoice.best(logConfidences) }
    return chooseNear(logConfidences, free: free, count: 1, previous: previous, grid: grid)[0]
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
