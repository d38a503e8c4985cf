import Foundation

/// Draws one code from a row of logits (pipeline/method/generation.md §4).
public struct TokenSampler: Codable, Equatable, Sendable {
  /// Logits are divided by this; 0 takes the most likely code.
  public var temperature: Double
  /// Only the k most likely codes stay, ties with the k-th included; 0 keeps all.
  public var topK: Int
  /// Only the smallest set of most likely codes with at least this probability stays; 1 keeps all.
  public var topP: Double

  public init(temperature: Double = 1, topK: Int = 0, topP: Double = 1) {
    self.temperature = temperature
    self.topK = topK
    self.topP = topP
  }

  /// - Parameter uniform: a uniform value in [0, 1); the draw is the inverse of the cumulative probability there.
  public func draw(_ logits: UnsafeBufferPointer<Float>, uniform: Double) -> Int {
    var best = 0
    for index in logits.indices where logits[index] > logits[best] { best = index }
    if temperature <= 0 { return best }
    let top = Double(logits[best])
    var weights = logits.map { exp((Double($0) - top) / max(temperature, 1e-5)) }
    if topK > 0 && topK < weights.count {
      let threshold = weights.sorted(by: >)[topK - 1]
      for index in weights.indices where weights[index] < threshold { weights[index] = 0 }
    }
    if topP < 1 { keepNucleus(&weights) }
    let target = uniform * weights.reduce(0, +)
    var cumulative = 0.0
    var last = best
    for (index, weight) in weights.enumerated() where weight > 0 {
      cumulative += weight
      last = index
      if cumulative > target { return index }
    }
    return last
  }

  /// Sets to zero what lies beyond the code at which the cumulative probability first reaches `topP`.
  private func keepNucleus(_ weights: inout [Double]) {
    let ranked = weights.indices.sorted { weights[$0] != weights[$1] ? weights[$0] > weights[$1] : $0 < $1 }
    let total = weights.reduce(0, +)
    var cumulative = 0.0
    for index in ranked {
      if cumulative > topP * total { weights[index] = 0 }
      cumulative += weights[index]
    }
  }
}
