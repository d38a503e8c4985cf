import Kernels
import Models
import Orders

/// Generation that keeps nothing between steps and takes the most likely code: what a cache is compared with
/// (paper C.4.1, table 8).
///
/// A step feeds the condition and all placed tokens, and asks behind them. The rows a query sees, and so its result, are
/// those that cached decoding sees.
final class UncachedGeneration {
  /// How the next location is found.
  enum Choice {
    /// Raster order: one query a step.
    case raster
    /// The most confident free location, each asked in a pass of its own.
    case onePassEach
    /// The same, all free locations asked in one pass.
    case together
  }

  private let session: DecodingSession
  private let configuration: AnyOrderConfiguration
  private var condition = Condition.unconditional

  init(model: AnyOrderTransformer, precision: Precision) {
    configuration = model.configuration
    session = DecodingSession(model: model, sequences: 1, precision: precision)
  }

  /// The codes in raster layout and the order in which they were placed.
  func generate(_ condition: Condition, _ choice: Choice) -> (tokens: [Int], order: [Int]) {
    var tokens = [Int](repeating: 0, count: configuration.locations)
    var order: [Int] = []
    var free = Array(0..<configuration.locations)
    self.condition = condition
    var placed: [PlacedToken] = []
    while !free.isEmpty {
      let (index, code): (Int, Int)
      switch choice {
      case .raster: (index, code) = (0, ask(placed, [free[0]]).code)
      case .together: (index, code) = ask(placed, free)
      case .onePassEach: (index, code) = askOneByOne(placed, free)
      }
      let location = free.remove(at: index)
      tokens[location] = code
      order.append(location)
      placed.append(PlacedToken(location: location, code: code))
    }
    return (tokens, order)
  }

  /// Which location is the most confident, and its most likely code; ties go to the first.
  private func ask(_ placed: [PlacedToken], _ locations: [Int]) -> (index: Int, code: Int) {
    let scores = pass(placed, locations)
    let best = LocationChoice.best(scores)
    return (best, mostLikely(best))
  }

  private func askOneByOne(_ placed: [PlacedToken], _ locations: [Int]) -> (index: Int, code: Int) {
    var best = (index: 0, code: 0, score: -Float.infinity)
    for (index, location) in locations.enumerated() {
      let score = pass(placed, [location])[0]
      if score > best.score { best = (index, mostLikely(0), score) }
    }
    return (best.index, best.code)
  }

  private func pass(_ placed: [PlacedToken], _ locations: [Int]) -> [Float] {
    session.start(0, condition)
    session.advance(0..<1, placed: [placed], asking: [locations])
    return session.logConfidences()[0]
  }

  private func mostLikely(_ query: Int) -> Int {
    let logits = session.logits([(0, query)])
    return LocationChoice.best(Array(UnsafeBufferPointer(start: logits.row(0), count: configuration.codes)))
  }
}
