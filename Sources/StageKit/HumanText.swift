import Foundation

/// Numbers as people read them.
public enum HumanText {
  /// Seconds as "0.4 s", "42 s", "3 min 12 s" or "2 h 05 min".
  public static func duration(_ seconds: Double) -> String {
    let whole = Int(max(0, min(seconds, 1e9)).rounded())
    if seconds < 10 { return String(format: "%.1f s", max(0, seconds)) }
    if whole < 60 { return "\(whole) s" }
    if whole < 3600 { return String(format: "%d min %02d s", whole / 60, whole % 60) }
    return String(format: "%d h %02d min", whole / 3600, whole / 60 % 60)
  }

  /// Seconds as on a clock: "00:49" or "2:05:00".
  public static func clock(_ seconds: Double) -> String {
    let whole = Int(max(0, min(seconds, 1e9)).rounded())
    return whole < 3600
      ? String(format: "%02d:%02d", whole / 60, whole % 60)
      : String(format: "%d:%02d:%02d", whole / 3600, whole / 60 % 60, whole % 60)
  }

  /// A number of bytes as "512 B", "1.2 MB", in powers of 1000.
  public static func bytes(_ count: Int) -> String {
    var value = Double(count)
    for unit in ["B", "kB", "MB", "GB", "TB"] {
      if value < 1000 || unit == "TB" {
        return unit == "B" ? "\(count) B" : String(format: value < 10 ? "%.1f %@" : "%.0f %@", value, unit)
      }
      value /= 1000
    }
    return "\(count) B"
  }

  /// A rate per second as "4.1/s", or as seconds each when it is below one in ten seconds.
  public static func rate(_ perSecond: Double) -> String {
    if !perSecond.isFinite || perSecond <= 0 { return "-/s" }
    if perSecond < 0.1 { return String(format: "%.0f s each", 1 / perSecond) }
    return String(format: perSecond < 10 ? "%.1f/s" : "%.0f/s", perSecond)
  }
}
