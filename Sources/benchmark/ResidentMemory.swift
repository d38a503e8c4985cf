import CHeap
import Foundation
import StageKit

/// The most memory resident during a part of a run.
enum ResidentMemory {
  /// Gives free memory back and lets the peak start anew; where the system cannot do that, it stays that of the run.
  static func resetPeak() {
    heap_trim()
    // Linux: 5 resets the high-water mark.
    try? Data("5".utf8).write(to: URL(filePath: "/proc/self/clear_refs"))
  }

  /// Bytes at the high-water mark of this program alone; what `getrusage` tells begins with that of the program
  /// that started this one.
  static var peak: Int {
    guard let text = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
      let line = text.split(whereSeparator: \.isNewline).first(where: { $0.hasPrefix("VmHWM:") }),
      let kibibytes = line.split(whereSeparator: { !$0.isNumber }).first.flatMap({ Int($0) })
    else { return PeakMemory.bytes }
    return kibibytes * 1024
  }
}
