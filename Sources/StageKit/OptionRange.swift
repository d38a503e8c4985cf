import ArgumentParser

/// Requires the number of an option to lie in a range; NaN lies in none.
///
/// - Parameter option: its name with the dashes.
/// - Throws: `ValidationError` (exit code 64) with the range and what was found.
public func requireOption<T: Comparable>(_ value: T?, in range: ClosedRange<T>, _ option: String) throws {
  guard let value, !range.contains(value) else { return }
  throw ValidationError(
    "\(option) must be between \(range.lowerBound) and \(range.upperBound), found \(value).")
}
