import Kernels
import Layers
import Models
import Orders
import Randomness

/// Where each image of a batch stands between decoding steps.
struct GenerationState {
  let requests: [GenerationRequest]
  private(set) var results: [GeneratedTokens]
  /// Free locations of every image in raster order.
  private(set) var free: [[Int]]
  /// Tokens placed so far, known ones included, the same for all images.
  private(set) var placed: Int
  private var lastStep: Int
  /// What remains of the given orders when known locations are passed over.
  private let remaining: [[Int]]
  private let known: Int
  private let grid: (height: Int, width: Int)

  init(requests: [GenerationRequest], configuration: AnyOrderConfiguration) {
    self.requests = requests
    grid = (configuration.gridHeight, configuration.gridWidth)
    let locations = configuration.locations
    results = requests.map { request in
      var tokens = [Int](repeating: 0, count: locations)
      for (location, code) in zip(request.known.order, request.known.codes) { tokens[location] = code }
      return GeneratedTokens(
        tokens: tokens, order: request.known.order,
        confidence: [Float](repeating: 1, count: request.known.count))
    }
    let known = requests.map { Set($0.known.order) }
    free = known.map { known in (0..<locations).filter { !known.contains($0) } }
    remaining = zip(requests, known).map { request, known in
      (request.order ?? []).filter { !known.contains($0) }
    }
    self.known = requests.first?.known.count ?? 0
    (placed, lastStep) = (self.known, self.known)
  }

  /// What has been placed in an image since the last step's queries: at first all known tokens, then what the last
  /// step drew.
  func placedLast(_ image: Int) -> [PlacedToken] {
    results[image].order.suffix(lastStep).map {
      PlacedToken(location: $0, code: results[image].tokens[$0])
    }
  }

  /// The location drawn last, nil before the first; known tokens are not drawn.
  func lastDrawn(_ image: Int) -> Int? { placed > known ? results[image].order.last : nil }

  /// The next `count` locations of the given orders.
  func nextGiven(_ count: Int) -> [[Int]] {
    remaining.map { Array($0[placed - known..<placed - known + count]) }
  }

  /// The next locations of every image by a rule.
  ///
  /// - Parameter scores: of the free locations by the rule's measure of certainty, (images, free).
  func chosen(_ size: StepSize, by rule: LocationRule, _ scores: [[Float]]) -> ChosenLocations {
    let count = size.count(scores)
    let best = requests.indices.map { image -> [Int] in
      let request = requests[image]
      var stream = RandomStream(
        seed: request.seed, purpose: "sample.location", request.image, UInt64(placed), request.window)
      return rule.choose(
        scores[image], free: free[image], count: count, previous: lastDrawn(image), grid: grid,
        stream: &stream)
    }
    return ChosenLocations(
      locations: best.enumerated().map { image, best in best.map { free[image][$0] } },
      scores: rule.certainty == .confidence
        ? best.enumerated().map { image, best in best.map { scores[image][$0] } } : nil)
  }

  /// The next location of every image where a rule leaves none of them another, so that nobody needs to be asked.
  func forced(_ size: StepSize, by rule: LocationRule) -> ChosenLocations? {
    guard size.given == 1 else { return nil }
    return rule.forced(requests.indices.map { (free[$0], lastDrawn($0)) }, grid: grid).map {
      ChosenLocations(locations: $0, scores: nil)
    }
  }

  mutating func place(_ image: Int, code: Int, location: Int, confidence: Float) {
    results[image].tokens[location] = code
    results[image].order.append(location)
    results[image].confidence.append(confidence)
    free[image].removeAll { $0 == location }
  }

  mutating func finishStep(_ count: Int) {
    placed += count
    lastStep = count
    for image in results.indices { results[image].steps += 1 }
  }
}

/// Scores of rows of logits.
enum RowScores {
  /// log max_v softmax(z)[v] of the first `rows` rows, or another measure of their certainty.
  static func of(_ logits: Tensor, rows: Int, by certainty: Certainty = .confidence) -> [Float] {
    var scores = [Float](repeating: 0, count: rows)
    var best = [Int32](repeating: 0, count: rows)
    certainty.score(logits.pointer, into: &scores, best: &best, rows: rows, columns: logits.columns)
    return scores
  }
}
