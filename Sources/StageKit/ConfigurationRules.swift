/// A section of a configuration that checks itself once it is decoded.
///
/// ```swift
/// struct Training: Decodable, CheckedConfiguration {
///   let steps: Int
///   let beta1: Double
///   func check(_ rules: inout ConfigurationRules) {
///     rules.require(steps > 0, "steps", "above 0", steps)
///     rules.require((0..<1).contains(beta1), "beta1", "at least 0 and below 1", beta1)
///   }
/// }
/// ```
/// The decoder calls it for nested sections too and adds the path of the section to the key.
///
/// A check must not trap, whatever the numbers are: no range from a number of the file, no sum of two of them
/// before both are bounded.
public protocol CheckedConfiguration: Decodable {
  func check(_ rules: inout ConfigurationRules)
}

/// Collects the first broken rule of a section.
public struct ConfigurationRules {
  struct Broken { let key, expected, found: String }
  var broken: Broken?
  /// Whether a rule is broken already, so that the others need not be looked at.
  public var isBroken: Bool { broken != nil }

  init() {}

  /// Notes a broken rule unless the condition holds; the first one is reported.
  public mutating func require(_ holds: Bool, _ key: String, _ expected: String, _ found: some Any) {
    if !holds, broken == nil { broken = Broken(key: key, expected: expected, found: "\(found)") }
  }

  /// Requires a number in a range given in words by its bounds.
  public mutating func require<T: Comparable>(_ value: T, in range: ClosedRange<T>, _ key: String) {
    require(range.contains(value), key, "between \(range.lowerBound) and \(range.upperBound)", value)
  }

  /// Requires a value above 0.
  public mutating func requirePositive<T: Comparable & Numeric>(_ value: T, _ key: String) {
    require(value > T.zero, key, "above 0", value)
  }

  /// Requires a value above 0 and of at most a limit.
  public mutating func requirePositive<T: Comparable & Numeric>(_ value: T, atMost limit: T, _ key: String) {
    requirePositive(value, key)
    require(value, atMost: limit, key)
  }

  /// Requires a value that is not above a limit, nor NaN.
  public mutating func require<T: Comparable>(_ value: T, atMost limit: T, _ key: String) {
    require(value <= limit, key, "at most \(limit)", value)
  }

  /// Requires one of a few words.
  public mutating func require(_ value: String, oneOf words: [String], _ key: String) {
    require(words.contains(value), key, "one of " + words.joined(separator: ", "), "'\(value)'")
  }
}
