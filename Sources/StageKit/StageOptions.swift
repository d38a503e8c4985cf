import ArgumentParser
import Communication
import Foundation

/// How log lines look on stderr.
public enum LogFormat: String, Sendable, CaseIterable, ExpressibleByArgument {
  case text, json
}

/// The options that all stages share. None of them changes a result; settings that do live in the
/// configuration.
public struct StageOptions: ParsableArguments, Sendable {
  @Option(help: "Threads to compute with (default: all cores, or this process's share).")
  public var threads: Int?

  @Option(help: "Log lines as text or as one JSON object each.")
  public var logFormat: LogFormat = .text

  @Flag(help: "Print warnings and errors only.")
  public var quiet = false

  @Flag(help: "Print details as well.")
  public var verbose = false

  @Flag(help: "Work even if the output is up to date.")
  public var force = false

  @Flag(help: "Say what would be made and stop.")
  public var dryRun = false

  public init() {}

  public func validate() throws {
    try requireOption(threads, in: 1...1024, "--threads")
    if quiet && verbose { throw ValidationError("--quiet and --verbose exclude each other.") }
  }

  /// The threads to compute with.
  public var threadCount: Int {
    threads ?? Launch.cores(active: ProcessInfo.processInfo.activeProcessorCount)
  }
}
