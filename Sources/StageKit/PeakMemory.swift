import Foundation

/// The most memory that this process has had resident.
public enum PeakMemory {
  /// Bytes, from `getrusage`; Linux counts in units of 1024.
  public static var bytes: Int {
    var usage = rusage()
    return getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 ? usage.ru_maxrss * 1024 : 0
  }
}
