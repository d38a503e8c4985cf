import Foundation
import Models

/// The small official model asked without cache and without parallel queries: every answer is a full pass of
/// its own.
public struct NaiveModel {
  public let model: AnyOrderTransformer
  private let pass: AnyOrderPass
  public static let locations = 16
  public static let codes = 32
  public static let nullClass = 10

  public init() throws {
    model = try RandARFixture.model(try FixtureFile(named: "randar-a"))
    pass = AnyOrderPass(model: model, training: false)
  }

  /// The logits at a location behind a history of locations and their codes.
  public func logits(_ label: Int, history: [Int], tokens: [Int], next: Int) -> [Double] {
    let rest = (0..<Self.locations).filter { !history.contains($0) && $0 != next }
    let all = pass.logits(
      of: AnyOrderBatch(
        tokens: tokens, labels: [label],
        orders: (history + [next] + rest)))
    return all[history.count * Self.codes..<(history.count + 1) * Self.codes].map(Double.init)
  }

  /// Guided logits u + s·(c − u).
  public func guided(_ label: Int, history: [Int], tokens: [Int], next: Int, scale: Double) -> [Double] {
    let conditional = logits(label, history: history, tokens: tokens, next: next)
    if scale == 1 { return conditional }
    let unconditional = logits(Self.nullClass, history: history, tokens: tokens, next: next)
    return zip(conditional, unconditional).map { $1 + scale * ($0 - $1) }
  }

  public static func softmax(_ logits: [Double]) -> [Double] {
    let weights = logits.map { exp($0 - (logits.max() ?? 0)) }
    return weights.map { $0 / weights.reduce(0, +) }
  }

  /// The first index of the largest value.
  public static func argmax(_ values: [Double]) -> Int {
    values.indices.reduce(0) { values[$1] > values[$0] ? $1 : $0 }
  }

  /// Completes an image one token at a time with temperature 0: `score` rates a free location by its
  /// conditional probabilities and the location before.
  public func complete(
    _ label: Int, known: [Int], codes: [Int], order: [Int]? = nil, scale: (Int) -> Double = { _ in 1 },
    score: ([Double], Int, Int?) -> Double = { probabilities, _, _ in probabilities.max() ?? 0 }
  ) -> (order: [Int], tokens: [Int]) {
    var (history, tokens) = (known, [Int](repeating: 0, count: Self.locations))
    for (location, code) in zip(known, codes) { tokens[location] = code }
    var last: Int?
    while history.count < Self.locations {
      let free = (0..<Self.locations).filter { !history.contains($0) }
      let next: Int
      if let order {
        next = order.first { free.contains($0) } ?? 0
      } else {
        let scores = free.map { location in
          score(
            Self.softmax(logits(label, history: history, tokens: tokens, next: location)), location, last)
        }
        next = free[Self.argmax(scores)]
      }
      tokens[next] = Self.argmax(
        guided(label, history: history, tokens: tokens, next: next, scale: scale(history.count)))
      history.append(next)
      last = next
    }
    return (history, tokens)
  }
}

public func rows(_ values: [Int], of count: Int) -> [[Int]] {
  stride(from: 0, to: values.count, by: count).map { Array(values[$0..<$0 + count]) }
}
