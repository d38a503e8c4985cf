import CKernels
import COpenBLAS
import Foundation

/// What OpenBLAS decided about this CPU.
public enum LinearAlgebraLibrary {
  /// The kernels in use, such as "Haswell" or "Cooperlake".
  public static var core: String { String(cString: openblas_get_corename()) }

  /// All that decides the last bits of products: OpenBLAS's kernels and ours.
  public static var kernels: String {
    "\(core) of OpenBLAS and \(String(cString: ck_clones())) of the program"
  }

  /// Kernels that this CPU can do far more with than with those of `core`, which are for CPUs without AVX2; nil where
  /// there are none. A program that starts takes them by itself, unless OPENBLAS_CORETYPE is set.
  /// - Parameters:
  ///   - avx2: whether the CPU has AVX2 and FMA.
  ///   - avx512: whether it has AVX-512 with F, DQ, BW and VL.
  ///   - bfloat16: whether it has AVX512-BF16.
  public static func better(than core: String, avx2: Bool, avx512: Bool, bfloat16: Bool) -> String? {
    ck_better_core(core, avx2, avx512, bfloat16).map { String(cString: $0) }
  }

  /// The same for this CPU.
  public static func better(than core: String) -> String? {
    ck_better_core_here(core).map { String(cString: $0) }
  }

  /// A sentence when an environment variable, or that it does not know the CPU, holds the library below what the CPU
  /// can do, else nil.
  ///
  /// On AVX-512 machines the difference is about a factor of two, and many where it takes the CPU for one without AVX.
  public static var warning: String? {
    guard let forced = ProcessInfo.processInfo.environment["OPENBLAS_CORETYPE"] else {
      return better(than: core).map {
        "OpenBLAS does not know this CPU and takes its \(core) kernels, a small part of what this CPU can do; "
          + "set OPENBLAS_CORETYPE=\($0), or run by make with BLAS_CORE=\($0)"
      }
    }
    let wide = ["skylakex", "cooperlake", "sapphirerapids", "zen4", "zen5"]
    guard let best = better(than: "Prescott"), wide.contains(best.lowercased()),
      !wide.contains(core.lowercased())
    else { return nil }
    return
      "OPENBLAS_CORETYPE=\(forced) holds OpenBLAS to its \(core) kernels, about half of what this CPU can do; "
      + "unset it, or run by make, which does"
  }
}
