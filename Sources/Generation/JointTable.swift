import Foundation
import Randomness

/// Drawing location and code together (paper C.7; pipeline/method/generation.md §7): the table of log
/// p(v | l) of all free locations at once, of which only the largest entries are kept.
public struct JointTable {
  public struct Entry: Equatable, Sendable {
    /// Index among the free locations.
    public let row: Int
    public let code: Int
    /// log p(code | row).
    public let logProbability: Float
  }

  /// (rows, codes): log-probabilities, normalised for each row.
  private let logProbabilities: [Float]
  private let codes: Int

  /// - Parameter logits: (rows, codes), a row for each free location.
  public init(logits: UnsafeBufferPointer<Float>, codes: Int) {
    precondition(codes > 0 && logits.count % codes == 0)
    self.codes = codes
    logProbabilities = stride(from: 0, to: logits.count, by: codes).flatMap { start -> [Float] in
      let row = logits[start..<start + codes]
      let top = Double(row.max() ?? 0)
      let sum = row.reduce(0.0) { $0 + exp(Double($1) - top) }
      return row.map { Float(Double($0) - top - log(sum)) }
    }
  }

  /// log max_v p(v | row).
  func logConfidence(_ row: Int) -> Float {
    logProbabilities[row * codes..<(row + 1) * codes].max() ?? -.infinity
  }

  /// The `count` largest entries in descending order, ties to the lowest row, then the lowest code.
  /// - Parameter excluded: rows that do not count.
  public func largest(_ count: Int, excluding excluded: [Int] = []) -> [Entry] {
    var kept: [Entry] = []
    var threshold = -Float.infinity
    func tidy() {
      kept.sort {
        $0.logProbability != $1.logProbability
          ? $0.logProbability > $1.logProbability : ($0.row, $0.code) < ($1.row, $1.code)
      }
      kept.removeLast(max(kept.count - count, 0))
      if kept.count == count, let last = kept.last { threshold = last.logProbability }
    }
    for row in 0..<logProbabilities.count / codes where !excluded.contains(row) {
      for code in 0..<codes {
        let value = logProbabilities[row * codes + code]
        guard value > threshold || kept.count < count else { continue }
        kept.append(Entry(row: row, code: code, logProbability: value))
        if kept.count >= 2 * count { tidy() }
      }
    }
    tidy()
    return kept
  }

  /// Draws `draws` entries of different locations, one after the other: each from the softmax, at the
  /// temperature, of the `kept` largest entries of the locations not yet drawn. Temperature 0 takes the
  /// largest.
  public func draw(_ draws: Int, kept: Int, temperature: Double, stream: inout RandomStream) -> [Entry] {
    var drawn: [Entry] = []
    for _ in 0..<draws {
      let entries = largest(kept, excluding: drawn.map(\.row))
      let uniform = stream.uniform()
      guard temperature > 0 else {
        drawn.append(entries[0])
        continue
      }
      let top = Double(entries[0].logProbability)
      let weights = entries.map { exp((Double($0.logProbability) - top) / temperature) }
      let target = uniform * weights.reduce(0, +)
      var cumulative = 0.0
      let index = weights.firstIndex {
        cumulative += $0
        return cumulative > target
      }
      drawn.append(entries[index ?? entries.count - 1])
    }
    return drawn
  }
}
