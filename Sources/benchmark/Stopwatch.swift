/// Times of one contender: seconds of one unit of work, in the order they were taken.
struct Samples {
  var seconds: [Double] = []

  /// The middle of the sorted times; the mean of the two middle ones if their number is even.
  var median: Double { Samples.median(seconds) }
  var least: Double { seconds.min() ?? .nan }
  var most: Double { seconds.max() ?? .nan }

  static func median(_ values: [Double]) -> Double {
    guard !values.isEmpty else { return .nan }
    let sorted = values.sorted()
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
  }
}

/// Timing of single repetitions.
enum Stopwatch {
  static func seconds(_ body: () throws -> Void) rethrows -> Double {
    try ContinuousClock().measure(body) / .seconds(1)
  }

  /// A repetition that takes at least a fifth of a second, by doing short work several times; its time is that of
  /// doing it once. The first call, which plans and warms up, is not counted.
  static func repetition(of body: @escaping () throws -> Void) throws -> () throws -> Double {
    try body()
    let once = try seconds(body)
    let times = max(1, Int((0.2 / max(once, 1e-6)).rounded(.up)))
    return { try seconds { for _ in 0..<times { try body() } } / Double(times) }
  }
}
