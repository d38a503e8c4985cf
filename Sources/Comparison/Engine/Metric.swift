import Features

/// What can be measured of generated and real features in one layer.
public enum Metric: String, CaseIterable, Codable, Sendable {
  case fid, sfid
  case fidInfinity = "fid-infinity"
  case kid
  case kidSubsets = "kid-subsets"
  case inceptionScore = "is"
  case precisionRecall = "precision-recall"
  case densityCoverage = "density-coverage"

  /// Measured of folders unless other metrics are named.
  public static let usual: [Metric] = [
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

  /// The numbers that it gives, in their sequence.
  public var quantities: [Quantity] {
    switch self {
    case .fid, .sfid: [.frechet]
    case .fidInfinity: [.frechetInfinity]
    case .kid: [.kernel]
    case .kidSubsets: [.kernelSubsets]
    case .inceptionScore: [.inceptionScore]
    case .precisionRecall: [.precision, .recall]
    case .densityCoverage: [.density, .coverage]
    }
  }
}

/// One number of a metric, as scores of arms call it.
public enum Quantity: String, CaseIterable, Codable, Sendable {
  case frechet, kernel
  case kernelSubsets = "kernel_subsets"
  case precision, recall, density, coverage
  case frechetInfinity = "frechet_infinity"
  case inceptionScore = "inception_score"

  /// What it is called in names such as FD(lite0-1280, pil-bicubic-224).
  public var symbol: String {
    switch self {
    case .frechet: "FD"
    case .frechetInfinity: "FD-infinity"
    case .kernel: "KD"
    case .kernelSubsets: "KD-subsets"
    case .inceptionScore: "IS"
    case .precision, .recall, .density, .coverage: rawValue
    }
  }

  /// Whether less is better.
  public var isDistance: Bool {
    switch self {
    case .frechet, .frechetInfinity, .kernel, .kernelSubsets: true
    case .precision, .recall, .density, .coverage, .inceptionScore: false
    }
  }
}
