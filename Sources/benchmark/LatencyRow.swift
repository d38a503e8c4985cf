import Files
import Generation
import Kernels
import Models
import Orders

/// One way of making one image, with its times and what it made.
struct LatencyRow {
  let name: String
  let precision: Precision
  /// Seconds in the paper's table 8.
  let paper: Double
  let isGreedy: Bool
  let operations: Double
  private let generate: () -> (tokens: [Int], order: [Int])
  private(set) var samples = Samples()
  private(set) var tokens: [Int] = []
  private(set) var order: [Int] = []

  /// The paper's cached raster scan, which its other rows are compared with.
  static let paperReference = 2.83
  var isReference: Bool { paper == Self.paperReference }
  var isNaive: Bool { paper > 200 }

  mutating func run(repetitions: Int) {
    // The naive variant runs so long that warming up does not matter.
    if !isNaive { _ = generate() }
    samples = Samples()
    for _ in 0..<max(repetitions, 1) {
      samples.seconds.append(Stopwatch.seconds { (tokens, order) = generate() })
    }
  }

  var json: JSONValue {
    [
      "name": .string(name), "precision": .string(precision.rawValue),
      "seconds": .array(samples.seconds.map(JSONValue.number)), "median": .number(samples.median),
      "gflops": .number(operations / samples.median / 1e9), "paper_seconds": .number(paper),
      "tokens": .array(tokens.map(JSONValue.integer)), "order": .array(order.map(JSONValue.integer)),
    ]
  }

  /// The rows of the paper's table 8, in its order.
  static func all(_ random: RandomModel, _ precision: Precision) -> [LatencyRow] {
    let sizes = random.configuration
    let model = random.transformer
    let uncached = UncachedGeneration(model: model, precision: precision)
    let settings = GenerationSettings(sampler: TokenSampler(temperature: 0))
    let cached = ImageGenerator(model: model, settings: settings, batch: 1, precision: precision)
    func without(_ choice: UncachedGeneration.Choice) -> () -> (tokens: [Int], order: [Int]) {
      { uncached.generate(random.condition(0), choice) }
    }
    func with(_ order: [Int]?) -> () -> (tokens: [Int], order: [Int]) {
      {
        let image = cached.generate([GenerationRequest(condition: random.condition(0), order: order)])[0]
        return (image.tokens, image.order)
      }
    }
    return [
      LatencyRow(
        name: "raster", precision: precision, paper: 6.33, isGreedy: false,
        operations: sizes.uncachedOrderedOperations, generate: without(.raster)),
      LatencyRow(
        name: "raster, cached", precision: precision, paper: paperReference, isGreedy: false,
        operations: sizes.orderedOperations, generate: with(GenerationOrder.raster(sizes.locations))),
      LatencyRow(
        name: "greedy, one pass for each free location", precision: precision, paper: 262.26, isGreedy: true,
        operations: sizes.uncachedGreedyOperations(onePassEach: true), generate: without(.onePassEach)),
      LatencyRow(
        name: "greedy, free locations in one pass", precision: precision, paper: 73.76, isGreedy: true,
        operations: sizes.uncachedGreedyOperations(onePassEach: false), generate: without(.together)),
      LatencyRow(
        name: "greedy, in one pass, cached", precision: precision, paper: 2.99, isGreedy: true,
        operations: sizes.greedyOperations, generate: with(nil)),
    ]
  }
}
