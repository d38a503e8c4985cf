import Kernels
import StageKit

extension StageRun {
  /// Sets up the engine's threads, and notes which kernels OpenBLAS chose; warns when the environment holds it back.
  public func configureThreads() {
    Parallel.configure(threads: options.threadCount)
    let core = LinearAlgebraLibrary.core
    record("blas_core", core)
    log.info(.start, "\(options.threadCount) threads, OpenBLAS \(core) kernels", ["blas_core": core])
    if let warning = LinearAlgebraLibrary.warning { log.warning(warning) }
  }
}
