import Kernels
import Layers
import Models

/// Where each image of a batch stands between decoding steps.
struct GenerationState {
  let requests: [GenerationRequest]
  private(set) var results: [GeneratedTokens]
  /// Free locations of every image in raster order.
  private(set) var free: [[Int]]
  /// Tokens placed so far, the same for all images.
  private(set) var placed = 0
  private var lastStep = 0

  init(requests: [GenerationRequest], configuration: AnyOrderConfiguration) {
    self.requests = requests
    let empty = [Int](repeating: 0, count: configuration.locations)
    results = requests.map { _ in GeneratedTokens(tokens: empty, order: [], confidence: []) }
    free = requests.map { _ in Array(0..<configuration.locations) }
  }

  /// The rows that the next step feeds before its queries: the class at first; then what the last step placed,
  /// x₁, P₂, x₂, …, without P₁, which is in the cache already.
  func rows(_ image: Int, nullClass: Int?) -> [DecodingRow] {
    guard lastStep > 0 else { return [.label(nullClass ?? requests[image].label)] }
    let locations = results[image].order.suffix(lastStep)
    return locations.enumerated().flatMap { index, location -> [DecodingRow] in
      let content = DecodingRow.content(code: results[image].tokens[location], location: location)
      return index == 0 ? [content] : [.position(location), content]
    }
  }

  /// The next `count` locations of the given orders.
  func nextGiven(_ count: Int) -> [[Int]] {
    requests.map { Array(($0.order ?? [])[placed..<placed + count]) }
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
  }
}

/// Scores of rows of logits.
enum RowScores {
  /// log max_v softmax(z)[v] of the first `rows` rows.
  static func logConfidences(_ logits: Tensor, rows: Int) -> [Float] {
    var scores = [Float](repeating: 0, count: rows)
    var best = [Int32](repeating: 0, count: rows)
    CrossEntropy.logConfidence(
      logits.pointer, into: &scores, best: &best, rows: rows, columns: logits.columns)
    return scores
  }
}
