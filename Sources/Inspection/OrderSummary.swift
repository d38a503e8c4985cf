import Files
import Foundation
import Orders

/// What can be said about many generation orders of one grid.
struct OrderSummary {
  let gridHeight: Int
  let gridWidth: Int
  private(set) var count = 0
  /// How often each location came first.
  private var first: [Int]
  /// Sum of the steps at which each location came.
  private var steps: [Int]
  private var confidence: [Double]
  private var lowest: [Float]
  private var highest: [Float]
  /// Mean step distance d of each order.
  private var distances: [Double] = []
  private var variety: OrderVariety

  init(gridHeight: Int, gridWidth: Int) {
    self.gridHeight = gridHeight
    self.gridWidth = gridWidth
    let length = gridHeight * gridWidth
    first = [Int](repeating: 0, count: length)
    steps = first
    confidence = [Double](repeating: 0, count: length)
    lowest = [Float](repeating: .infinity, count: length)
    highest = [Float](repeating: 0, count: length)
    variety = OrderVariety(locations: length)
  }

  /// Adds orders and confidences, (records, N) each.
  mutating func add(orders: [UInt16], confidences: [Float]) {
    let length = gridHeight * gridWidth
    for start in stride(from: 0, to: orders.count, by: length) {
      let order = orders[start..<(start + length)].map(Int.init)
      count += 1
      first[order[0]] += 1
      variety.add(order)
      for (step, location) in order.enumerated() { steps[location] += step }
      for step in 0..<length {
        let value = confidences[start + step]
        confidence[step] += Double(value)
        lowest[step] = min(lowest[step], value)
        highest[step] = max(highest[step], value)
      }
      distances.append(GenerationOrder.meanStepDistance(order, gridWidth: gridWidth))
    }
  }

  private var meanConfidences: [Double] { confidence.map { $0 / Double(max(count, 1)) } }
  private var meanSteps: [Double] { steps.map { Double($0) / Double(max(count, 1)) } }
  private var meanDistance: Double { distances.reduce(0, +) / Double(max(count, 1)) }
  private var distanceDeviation: Double {
    guard count > 1 else { return 0 }
    let mean = meanDistance
    return (distances.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count - 1)).squareRoot()
  }

  /// d of the raster order on this grid.
  private var rasterDistance: Double {
    GenerationOrder.meanStepDistance(GenerationOrder.raster(gridHeight * gridWidth), gridWidth: gridWidth)
  }

  /// Expected d of uniform random orders: the mean distance of two different cells.
  private var randomDistance: Double {
    let length = gridHeight * gridWidth
    guard length > 1 else { return 0 }
    var total = 0.0
    for rows in (1 - gridHeight)..<gridHeight {
      for columns in (1 - gridWidth)..<gridWidth {
        let pairs = Double((gridHeight - abs(rows)) * (gridWidth - abs(columns)))
        total += pairs * Double(rows * rows + columns * columns).squareRoot()
      }
    }
    return total / Double(length * (length - 1))
  }

  /// Adds the orders' part of a page.
  func describe(on page: inout TextPage) {
    let length = gridHeight * gridWidth
    guard count > 0 else { return }
    page.fact(
      "distance d",
      String(
        format: "%.3f ± %.3f between consecutive steps (lowest %.3f, highest %.3f; raster %.3f, random %.3f)",
        meanDistance, distanceDeviation, distances.min() ?? 0, distances.max() ?? 0, rasterDistance,
        randomDistance))
    page.fact(
      "variety", String(format: "%.2f bits a step, of at most %.2f", variety.bits, log2(Double(length))))
    page.fact("confidence", page.sparkline(meanConfidences) + "  mean by step, first to last")
    let shown = (0..<min(9, length)).map { length <= 9 ? $0 : $0 * (length - 1) / 8 }
    page.table([
      ["step"] + shown.map { "\($0)" },
      ["mean"] + shown.map { String(format: "%.3f", meanConfidences[$0]) },
      ["lowest"] + shown.map { String(format: "%.3f", lowest[$0]) },
      ["highest"] + shown.map { String(format: "%.3f", highest[$0]) },
    ])
    let most = Double(first.max() ?? 1)
    page.fact("first step", "how many orders begin at each location, in %")
    page.grid(
      first.map { $0 == 0 ? "." : percent(Double($0) / Double(count)) }, width: gridWidth,
      shares: first.map { 1 - Double($0) / most })
    page.fact("mean step", "when each location is generated on average, 0 to \(length - 1)")
    page.grid(
      meanSteps.map { String(format: "%.0f", $0) }, width: gridWidth,
      shares: meanSteps.map { $0 / Double(max(length - 1, 1)) })
  }

  private func percent(_ share: Double) -> String {
    String(format: share < 0.0995 ? "%.1f" : "%.0f", 100 * share)
  }

  /// The same as JSON.
  var json: [String: JSONValue] {
    [
      "first_locations": .array(first.map(JSONValue.integer)),
      "mean_steps": .array(meanSteps.map(JSONValue.number)),
      "mean_confidence": .array(meanConfidences.map(JSONValue.number)),
      "lowest_confidence": .array(lowest.map { .number(Double($0)) }),
      "highest_confidence": .array(highest.map { .number(Double($0)) }),
      "variety_bits": .number(variety.bits),
      "step_distance": [
        "mean": .number(meanDistance), "deviation": .number(distanceDeviation),
        "lowest": .number(distances.min() ?? 0), "highest": .number(distances.max() ?? 0),
        "raster": .number(rasterDistance), "random": .number(randomDistance),
      ],
    ]
  }
}
