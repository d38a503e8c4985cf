import Files
import Layers
import Models
import Orders
import StageKit

/// A rule that makes orders, one of the preset's `rules` or the `rule` of its `orders` (pipeline/PRESETS.md,
/// pipeline/method/orders.md §10). Without any key it is equation (1).
public struct RuleSection: CheckedConfiguration, Sendable, Equatable {
  /// What images share; with it no image has a say.
  public enum Shared: Sendable, Equatable {
    case curve(Curve)
    /// The mean rank of extracted orders.
    case meanRank
  }

  /// What locations are ranked by; confidence if absent.
  let score: Certainty?
  /// λ of equation (6), and what its s is.
  let distanceWeight: Double?
  let distanceScore: LocationRule.Measure?
  /// Whether only locations next to known ones are taken.
  let frontier: Bool?
  /// The curve that is left only where another location's score is above by more than `price` nats.
  let anchor: Curve?
  let price: Double?
  /// Height and width in cells of what is filled at once, row by row.
  let block: [Int]?
  /// A curve, or `mean-rank`.
  let `static`: String?
  /// Who shares an order; all images if absent.
  let scope: MeanRankOrders.Scope?
  let clusters: Int?
  let seed: UInt64?

  private static let meanRank = "mean-rank"

  public var shared: Shared? {
    `static`.flatMap { name in name == Self.meanRank ? .meanRank : Curve(rawValue: name).map { .curve($0) } }
  }
  public var sharedBy: MeanRankOrders.Scope { scope ?? .all }
  public var clusterCount: Int { clusters ?? 1 }
  public var randomSeed: UInt64 { seed ?? 0 }

  public func check(_ rules: inout ConfigurationRules) {
    if let weight = distanceWeight {
      rules.requirePositive(weight, atMost: 1e6, "distance_weight")
      rules.require(
        score ?? .confidence == .confidence, "score", "confidence where 'distance_weight' is set",
        (score ?? .confidence).rawValue)
    }
    rules.require(
      distanceScore == nil || distanceWeight != nil, "distance_score", "absent without 'distance_weight'",
      distanceScore?.rawValue ?? "")
    rules.require(
      (anchor == nil) == (price == nil), anchor == nil ? "price" : "anchor",
      "given together with the other of 'anchor' and 'price'",
      anchor?.rawValue ?? "\(price ?? 0)")
    if let price { rules.require(price >= 0 && price <= 1e6, "price", "between 0 and 1000000", price) }
    rules.require(
      anchor != .random || seed != nil, "seed", "given with the anchor 'random'", "nothing")
    if let block {
      rules.require(
        block.count == 2 && block.allSatisfy { (1...SizeLimits.locations).contains($0) }, "block",
        "[height, width] in cells, both at least 1", block.count <= 4 ? "\(block)" : "\(block.count) numbers")
    }
    let adaptive: [(given: Bool, key: String)] = [
      (distanceWeight != nil, "distance_weight"), (frontier == true, "frontier"), (anchor != nil, "anchor"),
      (block != nil, "block"),
    ]
    let given = adaptive.filter(\.given).map(\.key)
    rules.require(
      given.count <= 1, given.first ?? "",
      "absent where '\(given.last ?? "")' is set, since either limits the choice",
      "both")
    checkStatic(&rules, adaptive: score == nil ? given.first : "score")
  }

  private func checkStatic(_ rules: inout ConfigurationRules, adaptive: String?) {
    guard let name = `static` else {
      for (given, key) in [(scope != nil, "scope"), (clusters != nil, "clusters")] {
        rules.require(!given, key, "absent without 'static'", "one")
      }
      rules.require(seed == nil || anchor == .random, "seed", "absent where nothing is random", "one")
      return
    }
    rules.require(name, oneOf: Curve.allCases.map(\.rawValue) + [Self.meanRank], "static")
    rules.require(
      adaptive == nil, "static", "absent where '\(adaptive ?? "")' is set, since no image has a say in it",
      name)
    let (isMean, isRandom) = (name == Self.meanRank, name == Curve.random.rawValue)
    rules.require(
      isMean || sharedBy == .all || (isRandom && sharedBy == .classes), "scope",
      isRandom ? "all or class for random orders" : "all, since a curve is the same for all images",
      sharedBy.rawValue)
    rules.require(
      (clusters != nil) == (sharedBy == .clusters), "clusters", "given with the scope 'clusters' alone",
      clusters.map { "\($0)" } ?? "nothing")
    if let clusters { rules.require(clusters, in: 2...4096, "clusters") }
    let needsSeed = isRandom || sharedBy == .clusters
    rules.require(
      (seed != nil) == needsSeed, "seed", needsSeed ? "given" : "absent where nothing is random",
      seed.map { "\($0)" } ?? "nothing")
  }

  /// How locations are chosen by scores, where images have a say.
  public func locationRule(gridHeight: Int, gridWidth: Int) -> LocationRule {
    let restraint: LocationRule.Restraint
    if let anchor {
      restraint = .anchor(
        order: anchor.order(height: gridHeight, width: gridWidth, seed: randomSeed), price: price ?? 0)
    } else if let block {
      restraint = .blocks(height: block[0], width: block[1])
    } else {
      restraint = frontier == true ? .frontier : .none
    }
    return LocationRule(
      certainty: score ?? .confidence, distanceWeight: distanceWeight ?? 0,
      measure: distanceScore ?? .probability, restraint: restraint)
  }

  /// The keys that are given, as order shards say which rule made them.
  public var fact: JSONValue {
    var facts: [String: JSONValue] = [:]
    facts["score"] = score.map { .string($0.rawValue) }
    facts["distance_weight"] = distanceWeight.map(Self.number)
    facts["distance_score"] = distanceScore.map { .string($0.rawValue) }
    facts["frontier"] = frontier.map { .bool($0) }
    facts["anchor"] = anchor.map { .string($0.rawValue) }
    facts["price"] = price.map(Self.number)
    facts["block"] = block.map { .array($0.map { .integer($0) }) }
    facts["static"] = `static`.map { .string($0) }
    facts["scope"] = scope.map { .string($0.rawValue) }
    facts["clusters"] = clusters.map { .integer($0) }
    facts["seed"] = seed.map { JSONValue($0) }
    return .object(facts)
  }

  /// A number as it is read back: whole ones are integers.
  private static func number(_ value: Double) -> JSONValue {
    Int(exactly: value).map { .integer($0) } ?? .number(value)
  }
}
