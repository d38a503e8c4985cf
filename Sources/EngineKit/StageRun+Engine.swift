import Files
import Kernels
import StageKit
import Training

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

  /// The same for a stage that trains, which several processes may share.
  ///
  /// - Throws: exit code 78 where so many cannot share a step, or where their programs or CPUs differ.
  public func configureTraining(
    _ training: TrainingSettings, _ compute: ComputeSettings, config: String
  ) throws {
    if let problem = training.problem(ranks: ranks.count) {
      throw ConfigurationError.outOfRange(
        path: config, key: "training.\(problem.key)", expected: problem.expected, found: problem.found)
    }
    try configureEngine(compute, config: config)
    guard !ranks.isAlone else { return }
    record("processes", "\(ranks.count)")
    try requireSame(
      "the program", String(SHA256.hex(try ReadableFile.bytes(of: "/proc/self/exe")).prefix(12)),
      advice: "Start the same build everywhere.")
    try requireSame(
      "the kernels", LinearAlgebraLibrary.kernels,
      advice:
        "Results could depend on which images each gets: use nodes with equal CPUs, or set OPENBLAS_CORETYPE where only OpenBLAS differs."
    )
    log.info(.note, "\(ranks.count) processes share every step", ["processes": "\(ranks.count)"])
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
