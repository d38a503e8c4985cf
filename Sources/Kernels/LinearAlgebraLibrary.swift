import COpenBLAS
import Foundation

/// What OpenBLAS decided about this CPU.
public enum LinearAlgebraLibrary {
  /// The kernels in use, such as "Haswell" or "Cooperlake".
  public static var core: String { String(cString: openblas_get_corename()) }

  /// A sentence when an environment variable holds the library below what the CPU can do, else nil.
  ///
  /// On AVX-512 machines the difference is about a factor of two.
  public static var warning: String? {
    guard let forced = ProcessInfo.processInfo.environment["OPENBLAS_CORETYPE"] else { return nil }
    let wide = ["skylakex", "cooperlake", "sapphirerapids", "zen4", "zen5"]
    guard cpuHasAVX512, !wide.contains(core.lowercased()) else { return nil }
    return
      "OPENBLAS_CORETYPE=\(forced) holds OpenBLAS to its \(core) kernels, about half of what this CPU can do; "
      + "unset it, or run by make, which does"
  }

  private static var cpuHasAVX512: Bool {
    guard let text = try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8) else { return false }
    return text.contains(" avx512f")
  }
}
