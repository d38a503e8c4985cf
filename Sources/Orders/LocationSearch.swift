/// The free locations of one image and what was last heard of each.
struct LocationSearch {
  /// In raster order.
  private(set) var free: [Int]
  /// log max_v p(v) by location, as of when it was last asked.
  private var heard: [Float]

  /// - Parameter free: the locations to choose among, in raster order; nil for all.
  init(locations: Int, free: [Int]? = nil) {
    self.free = free ?? Array(0..<locations)
    heard = [Float](repeating: -.infinity, count: locations)
  }

  /// The free locations among which a step chooses, in raster order; as many for every image at the same step.
  func candidates(at step: Int, _ laziness: Laziness) -> [Int] {
    if laziness.refreshes(at: step) || free.count <= laziness.candidates { return free }
    return LocationChoice.best(free.map { heard[$0] }, count: laziness.candidates).map { free[$0] }.sorted()
  }

  /// Hears the scores of the candidates and takes the one that a rule chooses.
  ///
  /// - Parameter previous: the location taken last.
  /// - Returns: the index of the location among the candidates.
  mutating func take(
    _ candidates: [Int], _ scores: [Float], by rule: LocationRule, previous: Int?,
    grid: (height: Int, width: Int)
  ) -> Int {
    for (location, score) in zip(candidates, scores) { heard[location] = score }
    let best = rule.best(scores, free: candidates, previous: previous, grid: grid)
    free.removeAll { $0 == candidates[best] }
    return best
  }
}

/// Choosing among free locations by score.
package enum LocationChoice {
  /// The first of the highest scores; free locations are kept in raster order, so ties go to the lowest.
  package static func best<Score: Comparable>(_ scores: [Score]) -> Int {
    var best = 0
    for index in scores.indices where scores[index] > scores[best] { best = index }
    return best
  }

  /// The `count` highest scores in descending order, ties to the lowest location.
  package static func best<Score: Comparable>(_ scores: [Score], count: Int) -> [Int] {
    let ranked = scores.indices.sorted { scores[$0] != scores[$1] ? scores[$0] > scores[$1] : $0 < $1 }
    return Array(ranked.prefix(count))
  }
}
