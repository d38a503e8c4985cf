import Features
import Files
import Metrics

/// What `score folders` can measure.
public enum FolderMetric: String, CaseIterable, Sendable {
  case fid, sfid
  case fidInfinity = "fid-infinity"
  case kid
  case kidSubsets = "kid-subsets"
  case inceptionScore = "is"
  case precisionRecall = "precision-recall"
  case densityCoverage = "density-coverage"

  /// Measured unless other metrics are named.
  public static let usual: [FolderMetric] = [
    .fid, .kid, .kidSubsets, .inceptionScore, .precisionRecall, .densityCoverage,
  ]

  /// The layers that the metric reads.
  public var role: FeatureSpace.Layer.Role {
    switch self {
    case .sfid: .spatial
    case .inceptionScore: .logits
    default: .features
    }
  }

  /// Whether mean and covariance of both sides are enough.
  public var needsStatisticsOnly: Bool { self == .fid || self == .sfid }

  /// The numbers that it gives, as JSON and names call them.
  var quantities: [String] {
    switch self {
    case .fid, .sfid: ["FD"]
    case .fidInfinity: ["FD-infinity"]
    case .kid: ["KD"]
    case .kidSubsets: ["KD-subsets"]
    case .inceptionScore: ["IS"]
    case .precisionRecall: ["precision", "recall"]
    case .densityCoverage: ["density", "coverage"]
    }
  }
}

/// One number of the table, for every generated set.
public struct FolderRow {
  /// What it is a number of.
  public let metric: FolderMetric
  /// The full name, such as "FID(inception-2015-12-05, clean-fid)".
  public let name: String
  /// By generated set, as computed.
  let raw: [Double]
  /// By generated set, as printed.
  let values: [Double]
  /// Population deviation over subsets or splits, by generated set; empty for other metrics.
  public private(set) var deviations: [Double] = []
  /// Around the mean; nil where nothing tells.
  public private(set) var interval: ScoreInterval?
  /// Images by generated set; nil where a file does not say.
  public let generatedCounts: [Int?]
  /// Real images.
  public let referenceCount: Int?
  /// Features of an image.
  public let dimension: Int
  /// Further facts for the JSON.
  var details: [String: JSONValue] = [:]

  /// Over generated sets.
  public var mean: Double { Summary(of: values).mean }

  var json: JSONValue {
    func counts(_ counts: [Int?]) -> JSONValue { .array(counts.map { $0.map(JSONValue.integer) ?? .null }) }
    return .object(
      details.merging([
        "metric": .string(metric.rawValue), "name": .string(name), "mean": .number(mean),
        "values": .array(values.map(JSONValue.number)), "raw": .array(raw.map(JSONValue.number)),
        "deviations": .array(deviations.map(JSONValue.number)), "interval": interval?.json ?? .null,
        "generated_counts": counts(generatedCounts),
        "reference_count": referenceCount.map(JSONValue.integer) ?? .null, "dimension": .integer(dimension),
      ]) { own, _ in own })
  }
}

/// A 95 % interval around a number, by one of two methods.
public struct ScoreInterval: Equatable, Sendable {
  static let level = 0.95
  /// How it was found, in words.
  public let method: String
  let standardError: Double
  public let low: Double
  public let high: Double

  /// Around the mean of several generated sets, each drawn with a seed of its own; nil for one set.
  init?(ofSets values: [Double]) {
    let summary = Summary(of: values)
    guard let error = summary.standardError else { return nil }
    self.init(
      "Student's t over \(values.count) generated sets", around: summary.mean, error,
      degrees: values.count - 1)
  }

  /// Around one value, by a jackknife over blocks of generated images.
  init(jackknife error: Double, blocks: Int, around value: Double) {
    self.init("jackknife of \(blocks) blocks of generated images", around: value, error, degrees: blocks - 1)
  }

  private init(_ method: String, around value: Double, _ error: Double, degrees: Int) {
    let reach = StudentT.critical(level: Self.level, degrees: degrees) * error
    self.method = method
    standardError = error
    low = value - reach
    high = value + reach
  }

  var json: JSONValue {
    [
      "method": .string(method), "level": .number(Self.level), "standard_error": .number(standardError),
      "low": .number(low), "high": .number(high),
    ]
  }
}
