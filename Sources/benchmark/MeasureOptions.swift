import ArgumentParser
import Foundation
import Kernels
import StageKit

/// What the engine computes with.
struct EngineOptions: ParsableArguments {
  @Option(help: "Threads.") var threads = ProcessInfo.processInfo.activeProcessorCount
  @Option(parsing: .upToNextOption, help: "Precisions; all that work here if left out.")
  var precision: [Precision] = []

  func validate() throws {
    try requireOption(threads, in: 1...1024, "--threads")
    for wanted in precision { try wanted.require() }
  }

  var precisions: [Precision] { precision.isEmpty ? Precision.available : precision }

  func configureThreads() { Parallel.configure(threads: threads) }
}

/// How often something is measured.
struct MeasureOptions: ParsableArguments {
  @Option(help: "Timed repetitions; medians are reported.") var repetitions = 5
  @OptionGroup var engine: EngineOptions

  func validate() throws {
    try requireOption(repetitions, in: 1...Self.mostRepetitions, "--repetitions")
  }

  static let mostRepetitions = 1_000_000

  var threads: Int { engine.threads }
  var precisions: [Precision] { engine.precisions }

  func configureThreads() { engine.configureThreads() }
}

extension Precision: ExpressibleByArgument {
  /// - Throws: `ValidationError` where this build or CPU cannot compute so.
  func require() throws {
    guard let reason = unavailableReason else { return }
    throw ValidationError("\(rawValue) cannot be measured: \(reason).")
  }
}
