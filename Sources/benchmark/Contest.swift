import Foundation

/// Measures contenders in turn, so that all of them meet whatever else the machine does meanwhile.
struct Contest {
  /// One that is measured: a function that does the work once and returns the seconds it took.
  struct Contender {
    let name: String
    let measure: () throws -> Double
  }

  let rounds: Int
  /// Seconds of rest before every measurement: threads of the one before may still be spinning.
  let rest: Double

  /// Every round measures each contender once; the round after starts with another one.
  func run(_ contenders: [Contender]) throws -> [Samples] {
    var results = contenders.map { _ in Samples() }
    for round in 0..<rounds {
      for offset in contenders.indices {
        let index = (round + offset) % contenders.count
        if rest > 0 { Thread.sleep(forTimeInterval: rest) }
        results[index].seconds.append(try contenders[index].measure())
      }
    }
    return results
  }
}
