import Foundation
import Randomness

/// Draws one code from a row of logits (pipeline/method/generation.md §4).
public struct TokenSampler: Equatable, Sendable {
  /// How chance enters; the codes have the same distribution either way.
  public enum Noise: String, Codable, Sendable, CaseIterable {
    /// One uniform value, where the cumulative probability reaches it.
    case cumulative
    /// A Gumbel value for each code: the largest of logit / temperature + noise (paper Appendix C).
    case gumbel
  }

  /// Logits are divided by this; 0 takes the most likely code.
  public var temperature: Double
  /// Only the k most likely codes stay, ties with the k-th included; 0 keeps all.
  public var topK: Int
  /// Only the smallest set of most likely codes with at least this probability stays; 1 keeps all.
  public var topP: Double
  public var noise: Noise

  public init(temperature: Double = 1, topK: Int = 0, topP: Double = 1, noise: Noise = .cumulative) {
    self.temperature = temperature
    self.topK = topK
    self.topP = topP
    self.noise = noise
  }

  /// Draws a code with the noise that this asks for.
  public func draw(_ logits: UnsafeBufferPointer<Float>, stream: inout RandomStream) -> Int {
    switch noise {
    case .cumulative: draw(logits, uniform: stream.uniform())
    case .gumbel: draw(logits, gumbel: { stream.uniform() })
    }
  }

  /// - Parameter uniform: gives a uniform value in (0, 1) for each code in turn, kept or not.
  public func draw(_ logits: UnsafeBufferPointer<Float>, gumbel uniform: () -> Double) -> Int {
    guard let weights = weights(of: logits) else { return Self.best(logits) }
    var (best, most) = (0, -Double.infinity)
    for (index, weight) in weights.enumerated() {
      let noisy = log(weight) - log(-log(max(uniform(), 0x1p-1022)))
      if weight > 0, noisy > most { (best, most) = (index, noisy) }
    }
    return best
  }

  /// - Parameter uniform: a uniform value in [0, 1); the draw is the inverse of the cumulative probability there.
  public func draw(_ logits: UnsafeBufferPointer<Float>, uniform: Double) -> Int {
    let best = Self.best(logits)
    guard let weights = weights(of: logits) else { return best }
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

  /// The most likely code; ties go to the lowest.
  private static func best(_ logits: UnsafeBufferPointer<Float>) -> Int {
    var best = 0
    for index in logits.indices where logits[index] > logits[best] { best = index }
    return best
  }

  /// Probabilities up to a common factor, 0 for codes that are not kept; nil where the most likely code is taken.
  private func weights(of logits: UnsafeBufferPointer<Float>) -> [Double]? {
    if temperature <= 0 { return nil }
    let top = Double(logits[Self.best(logits)])
    var weights = logits.map { exp((Double($0) - top) / max(temperature, 1e-5)) }
    if topK > 0 && topK < weights.count {
      let threshold = weights.sorted(by: >)[topK - 1]
      for index in weights.indices where weights[index] < threshold { weights[index] = 0 }
    }
    if topP < 1 { keepNucleus(&weights) }
    return weights
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
