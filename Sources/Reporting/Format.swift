import Foundation

/// Numbers as a person reads them; the same on every machine, whatever its locale.
public enum Format {
  /// With a fixed number of decimals and a true minus sign; `–` for values that are not finite.
  public static func fixed(_ value: Double, _ decimals: Int) -> String {
    guard value.isFinite else { return "–" }
    let text = String(format: "%.\(decimals)f", abs(value))
    let isZero = !text.contains { $0 != "0" && $0 != "." }
    return value < 0 && !isZero ? "−" + text : text
  }

  /// With a number of significant digits, such as 12.3, 0.0123 or 1,230.
  public static func significant(_ value: Double, _ digits: Int = 3) -> String {
    guard value.isFinite else { return "–" }
    guard value != 0 else { return "0" }
    // Rounding may carry into the next power of ten, so the exponent is taken from the rounded text.
    let rounded = String(format: "%.\(max(digits, 1) - 1)e", abs(value))
    let exponent = rounded.split(separator: "e").last.flatMap { Int($0) } ?? 0
    if exponent < -5 || exponent > 14 { return (value < 0 ? "−" : "") + scientific(rounded) }
    if exponent >= digits {
      return (value < 0 ? "−" : "") + grouped(Int((Double(rounded) ?? abs(value)).rounded()))
    }
    return fixed(value, digits - 1 - exponent)
  }

  /// How many decimals show `digits` significant digits of the largest of these values, so that numbers which are
  /// compared line up.
  public static func decimals(_ values: some Sequence<Double>, digits: Int = 4) -> Int {
    let largest = values.lazy.filter(\.isFinite).map(abs).max() ?? 0
    guard largest > 0 else { return max(digits - 1, 0) }
    return min(max(digits - 1 - Int(floor(log10(largest) + 1e-12)), 0), 12)
  }

  /// A p-value with two significant digits; `< 0.001` below that.
  public static func pValue(_ value: Double) -> String {
    value < 0.001 ? "< 0.001" : value >= 0.995 ? "1" : significant(value, 2)
  }

  /// A count with commas between thousands.
  public static func count(_ value: Int) -> String {
    (value < 0 ? "−" : "") + grouped(value)
  }

  /// A share in 0...1 as a percentage.
  public static func percent(_ share: Double, _ decimals: Int = 0) -> String {
    guard share.isFinite else { return "–" }
    return fixed(share * 100, decimals) + " %"
  }

  /// A span of time in its two largest units: `42 s`, `3 min 5 s`, `2 h 10 min`.
  public static func duration(seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0, seconds < 1e12 else { return "–" }
    if seconds < 10 { return fixed(seconds, 1) + " s" }
    let whole = Int(seconds.rounded())
    if whole < 60 { return "\(whole) s" }
    if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
    return "\(whole / 3600) h \(whole % 3600 / 60) min"
  }

  /// In powers of ten with up to two digits, such as 5e−5 or 1.2e7, for the ends of long axes.
  static func power(_ value: Double) -> String {
    (value < 0 ? "−" : "") + scientific(String(format: "%.1e", abs(value)))
  }

  /// A coordinate of a drawing, to a hundredth.
  static func coordinate(_ value: Double) -> String {
    let hundredths = Int((value * 100).rounded())
    if hundredths % 100 == 0 { return "\(hundredths / 100)" }
    return String(format: "%.2f", Double(hundredths) / 100)
  }

  private static func grouped(_ value: Int) -> String {
    let digits = String(value.magnitude)
    var result = ""
    for (index, digit) in digits.enumerated() {
      if index > 0 && (digits.count - index) % 3 == 0 { result += "," }
      result.append(digit)
    }
    return result
  }

  /// `1.20e-07` as `1.2e−7`.
  private static func scientific(_ text: String) -> String {
    let parts = text.split(separator: "e")
    guard parts.count == 2, let exponent = Int(parts[1]) else { return text }
    var mantissa = String(parts[0])
    while mantissa.contains("."), let last = mantissa.last, last == "0" || last == "." {
      mantissa.removeLast()
    }
    return "\(mantissa)e\(exponent < 0 ? "−" : "")\(exponent.magnitude)"
  }
}
