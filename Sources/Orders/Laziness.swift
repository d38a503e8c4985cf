/// Which free locations extraction asks at each step.
///
/// Exactly, equation (1) asks all of them at every step, N(N + 1)/2 queries an image. Lazily, it asks all of them only
/// at steps 0, r, 2r, … and in between just the m that were most confident when they were last asked. The orders are
/// then an approximation: a location that grew confident unasked has to wait for the next refresh.
public struct Laziness: Sendable, Equatable {
  /// Steps from one step that asks all free locations to the next, r; 0 asks all of them at every step.
  public let refresh: Int
  /// Free locations asked in between, m; 0 exactly if `refresh` is 0.
  public let candidates: Int

  /// All free locations at every step.
  public static let exact = Laziness(refresh: 0, candidates: 0)

  public init(refresh: Int, candidates: Int) {
    precondition(
      refresh >= 0 && candidates >= 0 && (refresh == 0) == (candidates == 0), "set both or neither")
    self.refresh = refresh
    self.candidates = candidates
  }

  /// Whether images of `locations` tokens get the very orders of the exact method.
  public func isExact(locations: Int) -> Bool { refresh <= 1 || candidates >= locations }

  /// Whether all free locations are asked at a step.
  public func refreshes(at step: Int) -> Bool { refresh == 0 || step % refresh == 0 }

  /// Queries an image of `locations` tokens takes in all.
  public func queries(locations: Int) -> Int {
    (0..<locations).reduce(0) { total, step in
      total + (refreshes(at: step) ? locations - step : min(candidates, locations - step))
    }
  }
}

/// The free locations of one image and what was last heard of each.
struct LocationSearch {
  /// In raster order.
  private(set) var free: [Int]
  /// log max_v p(v) by location, as of when it was last asked.
  private var heard: [Float]

  init(locations: Int) {
    free = Array(0..<locations)
    heard = [Float](repeating: -.infinity, count: locations)
  }

  /// The free locations among which a step chooses, in raster order; as many for every image at the same step.
  func candidates(at step: Int, _ laziness: Laziness) -> [Int] {
    if laziness.refreshes(at: step) || free.count <= laziness.candidates { return free }
    return LocationChoice.best(free.map { heard[$0] }, count: laziness.candidates).map { free[$0] }.sorted()
  }

  /// Hears the scores of the candidates and takes the best of them; ties go to the lowest location.
  ///
  /// - Returns: the index of the location among the candidates.
  mutating func take(_ candidates: [Int], _ scores: [Float]) -> Int {
    for (location, score) in zip(candidates, scores) { heard[location] = score }
    let best = LocationChoice.best(scores)
    free.removeAll { $0 == candidates[best] }
    return best
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
