import Files
import Foundation
import Kernels

/// What a number was measured on.
struct Machine {
  let processor: String
  let threads: Int
  let blasCore: String
  /// Programs that wanted to run, on average over the last minute, before the measurement began.
  let load: Double

  init(threads: Int) {
    self.threads = threads
    processor = Self.field("model name") ?? "an unnamed processor"
    blasCore = LinearAlgebraLibrary.core
    load = Self.loadNow
  }

  static var loadNow: Double {
    var averages = [0.0]
    return getloadavg(&averages, 1) == 1 ? averages[0] : .nan
  }

  var summary: String {
    "\(processor), \(threads) threads, OpenBLAS \(blasCore) kernels"
      + (LinearAlgebraLibrary.warning.map { " (\($0))" } ?? "")
  }

  var json: JSONValue {
    [
      "processor": .string(processor), "threads": .integer(threads), "blas_core": .string(blasCore),
      "load_before": .number(load),
    ]
  }

  /// Whether the processor multiplies bfloat16; PyTorch imitates it otherwise, at minutes a repetition.
  static var hasBFloat16: Bool { field("flags")?.contains("avx512_bf16") ?? false }

  private static func field(_ name: String) -> String? {
    guard let text = try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8) else { return nil }
    let line = text.split(whereSeparator: \.isNewline).first { $0.hasPrefix(name) }
    return line?.split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) }
  }
}
