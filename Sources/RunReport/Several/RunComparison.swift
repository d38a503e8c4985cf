import Comparison
import Files
import Metrics

/// What two runs have in numbers, side by side: the scores of every arm and the likelihoods of every model.
///
/// Numbers are only subtracted where they measure the same thing; where they do not, a row says why.
struct RunComparison {
  let a: RunFolder
  let b: RunFolder
  private var titles: RunTitles { RunTitles([a, b]) }

  /// A mean with its standard error, nil for one seed.
  struct Measured: Codable, Equatable, Sendable {
    let mean: Double
    @WrittenAsNull var standardError: Double?

    enum CodingKeys: String, CodingKey {
      case mean
      case standardError = "standard_error"
    }

    init(_ measured: any MeasuredBySeed) {
      mean = measured.mean
      standardError = measured.standardError
    }

    init(_ spread: LikelihoodRecord.ImageSpread) {
      mean = spread.mean
      standardError = spread.standardError
    }
  }

  /// One number of both runs.
  struct Row {
    /// What is measured, such as `FD(lite0-block10-112, pil-bicubic-224) to real`.
    let quantity: String
    /// The arm or model.
    let name: String
    let a: Measured?
    let b: Measured?
    let difference: DifferenceInterval?
    /// Why there is no difference, or no interval around it; empty where there is.
    let remark: String
  }

  /// Distances and what needs no features. Shares such as precision are left to the reports.
  func scores() -> [Row] {
    let arms = titles.sorted(arms: Set(a.scores.keys).union(b.scores.keys))
    var rows = [Row]()
    for distance in distances(arms) {
      rows += arms.compactMap { score($0, distance) }
    }
    rows += arms.compactMap { arm in
      row("step distance d", arm, a.scores[arm]?.record.stepDistance, b.scores[arm]?.record.stepDistance)
    }
    return rows + arms.compactMap { commonestCode($0) }
  }

  /// Bits per token along each order that either run has.
  func likelihoods() -> [Row] {
    let models = titles.sorted(models: Set(a.likelihoods.keys).union(b.likelihoods.keys))
    let bits = [a, b].flatMap { run in models.compactMap { run.likelihoods[$0]?.record.bitsPerToken } }
    return PredictionOrders.sorted(bits.flatMap(\.keys)).flatMap { order in
      models.compactMap { likelihood($0, order) }
    }
  }

  // MARK: Scores

  /// A distance in a layer to a reference.
  private struct Distance: Hashable {
    let layer: String
    let quantity: Quantity
    let against: ArmRecord.Reference

    init?(_ entry: ArmRecord.Entry) {
      guard entry.quantity == .frechet || entry.quantity == .kernel else { return nil }
      layer = entry.layer
      quantity = entry.quantity
      against = entry.against
    }
  }

  private func distances(_ arms: [String]) -> [Distance] {
    var found = [Distance]()
    for run in [a, b] {
      for arm in arms {
        for entry in run.scores[arm]?.record.metrics ?? [] {
          if let distance = Distance(entry), !found.contains(distance) { found.append(distance) }
        }
      }
    }
    return found
  }

  private func score(_ arm: String, _ distance: Distance) -> Row? {
    let (left, right) = (entry(a, arm, distance), entry(b, arm, distance))
    guard let name = (left ?? right)?.name else { return nil }
    return row(
      "\(name) to \(distance.against == .real ? "real images" : "reconstructions")", arm, left, right,
      mismatch: mismatch(arm, left, right, against: distance.against))
  }

  private func entry(_ run: RunFolder, _ arm: String, _ distance: Distance) -> ArmRecord.Entry? {
    run.scores[arm]?.record.metrics.first { Distance($0) == distance }
  }

  /// Why distances of two runs cannot be compared; empty where they can.
  private func mismatch(
    _ arm: String, _ left: ArmRecord.Entry?, _ right: ArmRecord.Entry?, against: ArmRecord.Reference
  ) -> String {
    guard let left, let right, let first = a.scores[arm], let second = b.scores[arm] else { return "" }
    if left.name != right.name { return "measured as \(left.name) in A" }
    if first.record.space?.weights != second.record.space?.weights { return "other feature networks" }
    if let one = first.record.counts.compared, let other = second.record.counts.compared, one != other {
      return "\(one) images against \(other)"
    }
    if first.inputs("real") != second.inputs("real") { return "other real images" }
    if against != .real, first.inputs("reconstructions") != second.inputs("reconstructions") {
      return "each against reconstructions by its own tokenizer"
    }
    return ""
  }

  /// Why distances to real images of an arm cannot be compared; nil where they can. Distances to reconstructions are left
  /// out, since every training may have its own tokenizer.
  func obstacle(_ arm: String) -> String? {
    distances([arm]).lazy.filter { $0.against == .real }
      .map { mismatch(arm, entry(a, arm, $0), entry(b, arm, $0), against: .real) }.first { !$0.isEmpty }
  }

  /// A code means something within one tokenizer only.
  private func commonestCode(_ arm: String) -> Row? {
    let (left, right) = (a.scores[arm], b.scores[arm])
    return row(
      "share of the commonest code", arm, left?.record.commonestCode, right?.record.commonestCode,
      mismatch: left?.inputs("tokens") ?? [] == right?.inputs("tokens") ?? [] ? "" : "other test tokens")
  }

  private func row(
    _ quantity: String, _ arm: String, _ left: (any MeasuredBySeed)?, _ right: (any MeasuredBySeed)?,
    mismatch: String = ""
  ) -> Row? {
    guard left != nil || right != nil else { return nil }
    var difference: DifferenceInterval?
    var remark = mismatch
    if let left, let right {
      if mismatch.isEmpty {
        difference = DifferenceInterval(
          a: left.values, seedsA: seeds(a, arm), b: right.values, seedsB: seeds(b, arm))
        if difference == nil { remark = "one sampling seed has no interval" }
      }
    } else {
      remark = "not in \(left == nil ? "A" : "B")"
    }
    return Row(
      quantity: quantity, name: arm, a: left.map(Measured.init), b: right.map(Measured.init),
      difference: difference, remark: remark)
  }

  private func seeds(_ run: RunFolder, _ arm: String) -> [UInt64] { run.scores[arm]?.record.seeds ?? [] }

  // MARK: Likelihoods

  private func likelihood(_ model: String, _ order: String) -> Row? {
    let (first, second) = (a.likelihoods[model], b.likelihoods[model])
    let left = first?.record.bitsPerToken[order].map(Measured.init)
    let right = second?.record.bitsPerToken[order].map(Measured.init)
    guard left != nil || right != nil else { return nil }
    var difference: DifferenceInterval?
    var remark = ""
    if let left, let right, let first, let second {
      if first.inputs("tokens") != second.inputs("tokens") {
        remark = "other test tokens"
      } else if first.record.images != second.record.images {
        remark = "\(first.record.images) images against \(second.record.images)"
      } else if let errorA = left.standardError, let errorB = right.standardError {
        difference = DifferenceInterval(a: left.mean, errorA: errorA, b: right.mean, errorB: errorB)
      } else {
        remark = "one image has no interval"
      }
    } else {
      remark = "not in \(left == nil ? "A" : "B")"
    }
    return Row(
      quantity: "bits per token, \(order) order", name: model, a: left, b: right, difference: difference,
      remark: remark)
  }
}
