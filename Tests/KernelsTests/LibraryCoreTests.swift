import Foundation
import Kernels
import Testing

/// Which kernels OpenBLAS computes with, on CPUs that it knows and on others.
@Suite struct LibraryCoreTests {
  @Test(
    arguments: [
      ("Prescott", true, true, true, "Cooperlake"), ("Prescott", true, true, false, "SkylakeX"),
      ("Nehalem", true, false, false, "Haswell"), ("SANDYBRIDGE", true, false, true, "Haswell"),
      ("Prescott", false, false, false, nil), ("Haswell", true, true, true, nil),
      ("Zen", true, true, true, nil),
      ("SkylakeX", true, true, true, nil), ("Neoversen1", false, false, false, nil),
    ] as [(String, Bool, Bool, Bool, String?)])
  func `kernels without AVX2 give way to the best that a CPU has`(
    core: String, avx2: Bool, avx512: Bool, bfloat16: Bool, better: String?
  ) {
    #expect(LinearAlgebraLibrary.better(than: core, avx2: avx2, avx512: avx512, bfloat16: bfloat16) == better)
  }

  /// This program has chosen before anything was computed.
  @Test func `nothing better is left to choose here`() {
    guard ProcessInfo.processInfo.environment["OPENBLAS_CORETYPE"] == nil else { return }
    #expect(LinearAlgebraLibrary.better(than: LinearAlgebraLibrary.core) == nil)
    #expect(LinearAlgebraLibrary.warning == nil)
  }
}
