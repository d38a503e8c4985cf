import Files

/// One generation order per image: what `extract-orders` hands to `distill`.
///
/// Columns: `sample_id` u64, `order` u16[N], `confidence` f32[N]. `order[i]` is the raster location generated
/// at step i, `confidence[i]` the probability that made it win (paper §4.3, eq. (1)).
public struct OrderTable: ShardTable {
  public static let kind = ShardKind.orders
  public static let schema = 1

  /// The samples of the token shard with the same index, in the same sequence.
  public var sampleIDs: [UInt64]
  /// (records, N), every row a permutation of 0..<N.
  public var orders: [UInt16]
  /// (records, N), by step.
  public var confidences: [Float]
  public var gridHeight: Int
  public var gridWidth: Int
  /// Content id of the token shard that the orders belong to.
  public var tokensContentID: String
  /// Content id of the any-order model that chose them.
  public var modelContentID: String
  /// How the orders approximate those of equation (1); nil if they are exact or a policy's.
  public var lazy: LazySettings?
  /// Content id of the policy that made the orders, which had learned from the model's; nil if the model was asked itself.
  /// Confidences are then the policy's, of the locations.
  public var policyContentID: String?
  /// The rule that chose locations, as settings have it; nil for equation (1).
  public var rule: JSONValue?
  /// Content id of the shard of shared orders that this image's is one of; nil if it has its own. Confidences are 1 then.
  public var staticContentID: String?

  /// Settings of lazy extraction: all free locations were asked every `refresh` steps, in between only the
  /// `candidates` most promising ones. Both are at least 1.
  public struct LazySettings: Sendable, Equatable {
    public let refresh: Int
    public let candidates: Int

    public init(refresh: Int, candidates: Int) {
      self.refresh = refresh
      self.candidates = candidates
    }
  }

  public init(
    sampleIDs: [UInt64], orders: [UInt16], confidences: [Float], gridHeight: Int, gridWidth: Int,
    tokensContentID: String, modelContentID: String, lazy: LazySettings? = nil,
    policyContentID: String? = nil,
    rule: JSONValue? = nil, staticContentID: String? = nil
  ) {
    precondition(orders.count == sampleIDs.count * gridHeight * gridWidth, "orders do not fill the grids")
    precondition(confidences.count == orders.count, "every step needs a confidence")
    self.sampleIDs = sampleIDs
    self.orders = orders
    self.confidences = confidences
    self.gridHeight = gridHeight
    self.gridWidth = gridWidth
    self.tokensContentID = tokensContentID
    self.modelContentID = modelContentID
    self.lazy = lazy
    self.policyContentID = policyContentID
    self.rule = rule
    self.staticContentID = staticContentID
  }

  public var count: Int { sampleIDs.count }
  /// N, the number of steps of one order.
  public var tokensPerImage: Int { gridHeight * gridWidth }
  /// The locations of one record by step.
  public func order(of record: Int) -> [Int] {
    orders[(record * tokensPerImage)..<((record + 1) * tokensPerImage)].map { Int($0) }
  }

  public var columns: [NewColumn] {
    [
      NewColumn("sample_id", .u64(sampleIDs)),
      NewColumn("order", shape: [tokensPerImage], .u16(orders)),
      NewColumn("confidence", shape: [tokensPerImage], .f32(confidences)),
    ]
  }

  public var extra: JSONValue {
    var facts: [String: JSONValue] = [
      "grid": [.integer(gridHeight), .integer(gridWidth)], "tokens": .string(tokensContentID),
      "model": .string(modelContentID),
    ]
    facts["lazy"] = lazy.map {
      ["refresh": .integer($0.refresh), "candidates": .integer($0.candidates)]
    }
    facts["policy"] = policyContentID.map { .string($0) }
    facts["rule"] = rule
    facts["static"] = staticContentID.map { .string($0) }
    return .object(facts)
  }

  public init(shard: Shard) throws {
    (gridHeight, gridWidth) = try shard.grid()
    let length = gridHeight * gridWidth
    sampleIDs = try shard.u64("sample_id")
    orders = try shard.u16("order", shape: [length])
    confidences = try shard.f32("confidence", shape: [length])
    tokensContentID = try shard.text("tokens")
    modelContentID = try shard.text("model")
    lazy = try shard.lazySettings()
    policyContentID = shard.header.extra["policy"] == nil ? nil : try shard.text("policy")
    rule =
      shard.header.extra["rule"] == nil
      ? nil : try shard.fact("rule", "an object") { $0.object.map { .object($0) } }
    staticContentID = shard.header.extra["static"] == nil ? nil : try shard.text("static")
  }

  public func check() throws(TableProblem) {
    try TableRules.requireDistinct(sampleIDs)
    try TableRules.requirePermutations(orders, length: tokensPerImage)
    try TableRules.requireProbabilities(confidences, perRecord: tokensPerImage)
  }
}

extension Shard {
  /// The fact `lazy`, which exact orders lack.
  fileprivate func lazySettings() throws -> OrderTable.LazySettings? {
    guard header.extra["lazy"] != nil else { return nil }
    return try fact("lazy", "{refresh, candidates}, both at least 1") { value in
      guard let refresh = value["refresh"]?.int, let candidates = value["candidates"]?.int, refresh >= 1,
        candidates >= 1
      else { return nil }
      return OrderTable.LazySettings(refresh: refresh, candidates: candidates)
    }
  }
}
