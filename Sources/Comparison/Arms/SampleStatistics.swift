import Files
import Metrics
import Orders
import Shards

/// Numbers of sample shards that need no features, one shard per sampling seed.
struct SampleStatistics {
  let samples: [SampleTable]
  let settings: ScoreSection

  /// The mean step distance d of the orders in which images were drawn (paper, Table 4), in grid cells.
  func stepDistance() throws -> JSONValue {
    let distances = samples.map { table in
      (0..<table.count).map { record in
        GenerationOrder.meanStepDistance(table.order(of: record).map(Int.init), gridWidth: table.gridWidth)
      }
    }
    var result = Self.spread(distances.map { Summary(of: $0).mean })
    let interval = try BootstrapInterval(ofMean: distances.flatMap { $0 }, seed: settings.seed)
    result["interval_95"] = [.number(interval.low), .number(interval.high)]
    result["name"] = "d"
    return .object(result)
  }

  /// How often the commonest code of the test images is drawn. Codes of plain background are the commonest
  /// ones, and greedy orders are known to draw too many of them.
  func commonestCode(in test: [TokenTable]) throws -> JSONValue? {
    guard let first = test.first else { return nil }
    var counts = [Int](repeating: 0, count: first.codebookSize)
    for table in test {
      for token in table.tokens { counts[Int(token)] += 1 }
    }
    let total = counts.reduce(0, +)
    guard total > 0, let most = counts.max(), let code = counts.firstIndex(of: most) else { return nil }
    let shares = samples.map { table in
      Double(table.tokens.count { Int($0) == code }) / Double(max(table.tokens.count, 1))
    }
    var result = Self.spread(shares)
    result["name"] = "share of the commonest code"
    result["code"] = .integer(code)
    result["real"] = .number(Double(most) / Double(total))
    return .object(result)
  }

  /// Values by seed with their mean and its standard error.
  static func spread(_ values: [Double]) -> [String: JSONValue] {
    let summary = Summary(of: values)
    return [
      "values": .array(values.map(JSONValue.number)), "mean": .number(summary.mean),
      "standard_error": summary.standardError.map(JSONValue.number) ?? .null,
    ]
  }
}
