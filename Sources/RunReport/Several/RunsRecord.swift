import Files

/// What `score runs --json` prints: two runs side by side.
public struct RunsRecord: Codable, Equatable, Sendable {
  /// Where the runs are.
  struct Runs: Codable, Equatable, Sendable {
    let a: String
    let b: String
  }

  /// A setting in which the runs differ; null where a run has no such setting.
  struct Setting: Codable, Equatable, Sendable {
    let key: String
    @WrittenAsNull var a: JSONValue?
    @WrittenAsNull var b: JSONValue?
  }

  /// One number of both runs.
  struct Row: Codable, Equatable, Sendable {
    let quantity: String
    /// Whose number it is: an arm's or a model's.
    let arm: String?
    let model: String?
    @WrittenAsNull var a: RunComparison.Measured?
    @WrittenAsNull var b: RunComparison.Measured?
    /// Why there is no difference, or no interval around it; empty where there is.
    let remark: String
    @WrittenAsNull var difference: Difference?
  }

  /// B − A.
  struct Difference: Codable, Equatable, Sendable {
    let mean: Double
    let standardError: Double
    /// Of Student's t; null for a normal interval.
    @WrittenAsNull var degrees: Int?
    let interval: [Double]
    let method: String
    let excludesZero: Bool
    /// When all intervals together must hold.
    let excludesZeroCorrected: Bool

    enum CodingKeys: String, CodingKey {
      case mean, method
      case standardError = "standard_error"
      case degrees = "degrees_of_freedom"
      case interval = "interval_95"
      case excludesZero = "excludes_zero"
      case excludesZeroCorrected = "excludes_zero_corrected"
    }
  }

  let schema: Int
  let runs: Runs
  let settings: [Setting]
  let scores: [Row]
  let likelihoods: [Row]
  let notes: [String]
}
