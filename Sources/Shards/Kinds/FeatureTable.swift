import Files

/// Features of images under a fixed network: what `score features` keeps so that no image is run twice.
///
/// Columns: `sample_id` u64, `label` u32, `feature` f32[D].
public struct FeatureTable: ShardTable {
  public static let kind = ShardKind.features
  public static let schema = 1

  public var sampleIDs: [UInt64]
  public var labels: [UInt32]
  /// (records, dimension).
  public var features: [Float]
  public var dimension: Int
  /// What computed them, with everything that changes the numbers; distances compare equal extractors only.
  public var extractor: String

  public init(sampleIDs: [UInt64], labels: [UInt32], features: [Float], dimension: Int, extractor: String) {
    precondition(labels.count == sampleIDs.count, "\(sampleIDs.count) samples need as many labels")
    precondition(features.count == sampleIDs.count * dimension, "features have another dimension")
    self.sampleIDs = sampleIDs
    self.labels = labels
    self.features = features
    self.dimension = dimension
    self.extractor = extractor
  }

  public var count: Int { sampleIDs.count }
  /// The features of one record.
  public func feature(of record: Int) -> ArraySlice<Float> {
    features[(record * dimension)..<((record + 1) * dimension)]
  }

  public var columns: [NewColumn] {
    [
      NewColumn("sample_id", .u64(sampleIDs)), NewColumn("label", .u32(labels)),
      NewColumn("feature", shape: [dimension], .f32(features)),
    ]
  }

  public var extra: JSONValue { ["extractor": .string(extractor), "dimension": .integer(dimension)] }

  public init(shard: Shard) throws {
    dimension = try shard.fact("dimension", "a positive count") { $0.int.flatMap { $0 > 0 ? $0 : nil } }
    extractor = try shard.text("extractor")
    sampleIDs = try shard.u64("sample_id")
    labels = try shard.u32("label")
    features = try shard.f32("feature", shape: [dimension])
  }

  public func check() throws(TableProblem) {
    guard let index = features.withUnsafeBufferPointer({ $0.firstNonFinite }) else { return }
    throw TableProblem(
      expected: "finite features", found: "\(features[index]) in record \(index / dimension)")
  }
}
