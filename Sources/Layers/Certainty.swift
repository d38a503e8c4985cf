import CKernels
import Kernels

/// How sure a row of logits is of its code: the score by which a location is chosen (pipeline/method/orders.md §10). All
/// rise with certainty, in nats.
public enum Certainty: String, Codable, Sendable, CaseIterable {
  /// log max_v p(v), equation (1).
  case confidence
  /// Σ p log p: the entropy of the codes, least first.
  case entropy
  /// log p of the likeliest code less that of the second.
  case margin

  /// Writes the score of every row.
  ///
  /// Shapes: logits (rows, V) contiguous, score (rows); `best` (rows) is spoilt or takes the likeliest code.
  @inline(__always)
  public func score(
    _ logits: UnsafePointer<Float>, into score: UnsafeMutablePointer<Float>,
    best: UnsafeMutablePointer<Int32>, rows: Int, columns: Int
  ) {
    switch self {
    case .confidence:
      CrossEntropy.logConfidence(logits, into: score, best: best, rows: rows, columns: columns)
    case .entropy: ck_negative_entropy(logits, score, rows, columns)
    case .margin: ck_log_margin(logits, score, rows, columns)
    }
  }
}
