import Metrics
import Orders
import Shards

/// Numbers of sample shards that need no features, one shard per sampling seed.
struct SampleStatistics {
  let samples: [SampleTable]
  let settings: ScoreSection

  /// The mean step distance d of the orders in which images were drawn (paper, Table 4), in grid cells.
  func stepDistance() throws -> ArmRecord.StepDistance {
    let distances = samples.map { table in
      (0..<table.count).map { record in
        GenerationOrder.meanStepDistance(table.order(of: record), gridWidth: table.gridWidth)
      }
    }
    let spread = SeedSpread(distances.map { Summary(of: $0).mean })
    let interval = try BootstrapInterval(ofMean: distances.flatMap { $0 }, seed: settings.seed)
    return ArmRecord.StepDistance(
      name: "d", values: spread.values, mean: spread.mean, standardError: spread.standardError,
      interval: [interval.low, interval.high])
  }

  /// How often the commonest code of the test images is drawn; nil without test images. Codes of plain background are
  /// the commonest ones, and greedy orders are known to draw too many of them.
  func commonestCode(in test: [TokenTable]) -> ArmRecord.CommonestCode? {
    guard let first = test.first else { return nil }
    var counts = [Int](repeating: 0, count: first.codebookSize)
    for table in test {
      for token in table.tokens { counts[Int(token)] += 1 }
    }
    let total = counts.reduce(0, +)
    guard total > 0, let most = counts.max(), let code = counts.firstIndex(of: most) else { return nil }
    let spread = SeedSpread(
      samples.map { table in
        Double(table.tokens.count { Int($0) == code }) / Double(max(table.tokens.count, 1))
      })
    return ArmRecord.CommonestCode(
      name: "share of the commonest code", code: code, real: Double(most) / Double(total),
      values: spread.values, mean: spread.mean, standardError: spread.standardError)
  }
}
