import Kernels
import StageKit

extension StageRun {
  /// Sets up the engine for a stage that runs the transformer: threads, and a check of the precision.
  ///
  /// - Parameter config: the configuration's path, for the error.
  /// - Throws: `ConfigurationError` (exit code 78) when this build or CPU does not compute so.
  public func configureEngine(_ compute: ComputeSettings, config: String) throws {
    try compute.requireAvailable(config: config)
    record("precision", compute.precision.rawValue)
    configureThreads(computing: compute.precision)
  }

  /// Sets up the engine's threads, and notes the precision and which kernels OpenBLAS chose; warns when the
  /// environment holds it back.
  public func configureThreads(computing precision: Precision = .float32) {
    Parallel.configure(threads: options.threadCount)
    let core = LinearAlgebraLibrary.core
    record("blas_core", core)
    log.info(
      .start, "\(options.threadCount) threads, \(precision.rawValue), OpenBLAS \(core) kernels",
      ["blas_core": core, "precision": precision.rawValue])
    if let warning = LinearAlgebraLibrary.warning { log.warning(warning) }
    if precision.isEmulated { log.warning("bfloat16 is emulated in float32 products, which is slow") }
  }
}
