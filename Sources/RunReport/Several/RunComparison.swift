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
  struct Measured: Equatable {
    let mean: Double
    let standardError: Double?
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
    for quantity in quantities(arms) {
      rows += arms.compactMap { score($0, quantity) }
    }
    for (key, title) in [
      ("step_distance", "step distance d"), ("commonest_code", "share of the commonest code"),
    ] {
      rows += arms.compactMap { plain($0, key, title) }
    }
    return rows
  }

  /// Bits per token along each order that either run has.
  func likelihoods() -> [Row] {
    let models = titles.sorted(models: Set(a.likelihoods.keys).union(b.likelihoods.keys))
    let orders = Set(
      [a, b].flatMap { run in
        models.flatMap { run.likelihoods[$0]?["bits_per_token"]?.object?.keys.map { $0 } ?? [] }
      })
    let usual = ["raster", "random", "greedy"]
    return (usual.filter(orders.contains) + orders.subtracting(usual).sorted()).flatMap { order in
      models.compactMap { likelihood($0, order) }
    }
  }

  // MARK: Scores

  /// A metric of a layer against a reference, as scores name it.
  private struct Quantity: Hashable {
    let layer: String
    let quantity: String
    let against: String

    init?(_ entry: JSONValue) {
      guard let layer = entry["layer"]?.string, let quantity = entry["quantity"]?.string,
        let against = entry["against"]?.string, quantity == "frechet" || quantity == "kernel"
      else { return nil }
      self.layer = layer
      self.quantity = quantity
      self.against = against
    }
  }

  private func quantities(_ arms: [String]) -> [Quantity] {
    var found = [Quantity]()
    for run in [a, b] {
      for arm in arms {
        for entry in run.scores[arm]?["metrics"]?.array ?? [] {
          if let quantity = Quantity(entry), !found.contains(quantity) { found.append(quantity) }
        }
      }
    }
    return found
  }

  private func score(_ arm: String, _ quantity: Quantity) -> Row? {
    let (left, right) = (entry(a, arm, quantity), entry(b, arm, quantity))
    guard let name = (left ?? right)?["name"]?.string else { return nil }
    return row(
      "\(name) to \(quantity.against == "real" ? "real images" : "reconstructions")", arm, left, right,
      mismatch: mismatch(arm, left, right, against: quantity.against))
  }

  private func entry(_ run: RunFolder, _ arm: String, _ quantity: Quantity) -> JSONValue? {
    run.scores[arm]?["metrics"]?.array?.first { Quantity($0) == quantity }
  }

  /// Why distances of two runs cannot be compared; empty where they can.
  private func mismatch(_ arm: String, _ left: JSONValue?, _ right: JSONValue?, against: String) -> String {
    guard let left, let right else { return "" }
    if left["name"] != right["name"] { return "measured as \(left["name"]?.string ?? "another metric") in A" }
    let (first, second) = (a.scores[arm] ?? .null, b.scores[arm] ?? .null)
    if first["extractor"]?["weights_sha256"] != second["extractor"]?["weights_sha256"] {
      return "other feature networks"
    }
    if let one = first["counts"]?["compared"]?.int, let other = second["counts"]?["compared"]?.int,
      one != other
    {
      return "\(one) images against \(other)"
    }
    if Self.inputs(first, "real") != Self.inputs(second, "real") { return "other real images" }
    if against != "real", Self.inputs(first, "reconstructions") != Self.inputs(second, "reconstructions") {
      return "each against reconstructions by its own tokenizer"
    }
    return ""
  }

  /// Why distances to real images of an arm cannot be compared; nil where they can. Distances to reconstructions are left
  /// out, since every training may have its own tokenizer.
  func obstacle(_ arm: String) -> String? {
    quantities([arm]).lazy.filter { $0.against == "real" }
      .map { mismatch(arm, entry(a, arm, $0), entry(b, arm, $0), against: "real") }.first { !$0.isEmpty }
  }

  private static func inputs(_ result: JSONValue, _ role: String) -> [String] {
    (result["provenance"]?["inputs"]?.array ?? []).filter { $0["role"]?.string == role }
      .compactMap { $0["content_id"]?.string }
  }

  /// A number that needs no features.
  private func plain(_ arm: String, _ key: String, _ title: String) -> Row? {
    let (left, right) = (a.scores[arm]?[key], b.scores[arm]?[key])
    guard left != nil || right != nil else { return nil }
    // A code means something within one tokenizer only.
    let isOther =
      key == "commonest_code"
      && Self.inputs(a.scores[arm] ?? .null, "tokens") != Self.inputs(b.scores[arm] ?? .null, "tokens")
    return row(title, arm, left, right, mismatch: isOther ? "other test tokens" : "")
  }

  private func row(
    _ quantity: String, _ arm: String, _ left: JSONValue?, _ right: JSONValue?, mismatch: String
  ) -> Row? {
    let (first, second) = (Self.measured(left), Self.measured(right))
    guard first != nil || second != nil else { return nil }
    var difference: DifferenceInterval?
    var remark = mismatch
    if first == nil || second == nil {
      remark = "not in \(first == nil ? "A" : "B")"
    } else if mismatch.isEmpty {
      difference = DifferenceInterval(
        a: Self.values(left), seedsA: seeds(a, arm), b: Self.values(right), seedsB: seeds(b, arm))
      if difference == nil { remark = "one sampling seed has no interval" }
    }
    return Row(quantity: quantity, name: arm, a: first, b: second, difference: difference, remark: remark)
  }

  private static func measured(_ value: JSONValue?) -> Measured? {
    value?["mean"]?.double.map { Measured(mean: $0, standardError: value?["standard_error"]?.double) }
  }

  private static func values(_ value: JSONValue?) -> [Double] {
    (value?["values"]?.array ?? []).compactMap(\.double)
  }

  private func seeds(_ run: RunFolder, _ arm: String) -> [UInt64] {
    (run.scores[arm]?["seeds"]?.array ?? []).compactMap(\.uint64)
  }

  // MARK: Likelihoods

  private func likelihood(_ model: String, _ order: String) -> Row? {
    let (first, second) = (a.likelihoods[model] ?? .null, b.likelihoods[model] ?? .null)
    let left = Self.measured(first["bits_per_token"]?[order])
    let right = Self.measured(second["bits_per_token"]?[order])
    guard left != nil || right != nil else { return nil }
    var difference: DifferenceInterval?
    var remark = ""
    if let left, let right {
      if Self.inputs(first, "tokens") != Self.inputs(second, "tokens") {
        remark = "other test tokens"
      } else if first["images"] != second["images"] {
        remark = "\(first["images"]?.int ?? 0) images against \(second["images"]?.int ?? 0)"
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
