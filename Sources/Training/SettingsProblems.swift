/// Collects what is out of range in settings, in the order in which it is asked.
struct SettingsProblems {
  private(set) var found: [TrainingSettings.Problem] = []

  /// - Parameters:
  ///   - key: the setting.
  ///   - expected: what it must be, in words.
  ///   - value: what it is.
  mutating func require(_ holds: Bool, _ key: String, _ expected: String, _ value: some Any) {
    if !holds { found.append(TrainingSettings.Problem(key: key, expected: expected, found: "\(value)")) }
  }

  mutating func require<T: Comparable>(_ value: T, atMost limit: T, _ key: String) {
    require(value <= limit, key, "at most \(limit)", value)
  }

  /// A share below 1, as dropouts and AdamW's decay rates are. In single precision, which the arithmetic has, a larger
  /// number would be 1.
  mutating func require(share value: Double, _ key: String) {
    require((0..<1).contains(value) && Float(value) < 1, key, "at least 0 and below 1", value)
  }
}
