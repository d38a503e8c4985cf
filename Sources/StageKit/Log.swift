import Logging

/// A stage's log: messages for people, each with an event name and facts for programs.
public struct Log: Sendable {
  /// The names that `--log-format json` writes under `event`.
  public enum Event: String, Sendable, CaseIterable {
    /// The stage begins; facts: threads and what the stage adds, such as the BLAS core.
    case start
    /// The output is there and made from the same inputs and settings.
    case unchanged
    /// Training continues from a checkpoint; facts: step.
    case resume
    /// Work goes on; facts: done, total, rate.
    case progress
    /// Numbers of a training step or an epoch; facts: step and the numbers.
    case metrics
    /// A checkpoint was written; facts: step.
    case checkpoint
    /// Something is odd but does not stop the stage.
    case warning
    /// Anything else worth saying.
    case note
    /// An output was published; facts: path, content_id, seconds, peak_memory_bytes.
    case wrote
    /// A signal stopped the stage, which can be resumed.
    case interrupted
    /// The stage failed; facts: exit_code.
    case failed
  }

  private let logger: Logger

  /// A log for a stage. Nothing is configured globally.
  /// - Parameter isFirst: whether it is that of the first of the processes that share the stage's work; the others write
  ///   errors only.
  public init(stage: String, options: StageOptions, isFirst: Bool = true) {
    let level: Logger.Level =
      !isFirst ? .error : options.quiet ? .warning : options.verbose ? .debug : .info
    logger = Logger(label: stage) { _ in
      StageLogHandler(stage: stage, format: options.logFormat, terminal: .shared, logLevel: level)
    }
  }

  public func debug(_ event: Event, _ message: String, _ facts: KeyValuePairs<String, String> = [:]) {
    write(.debug, event, message, facts)
  }

  public func info(_ event: Event, _ message: String, _ facts: KeyValuePairs<String, String> = [:]) {
    write(.info, event, message, facts)
  }

  public func warning(_ message: String, _ facts: KeyValuePairs<String, String> = [:]) {
    write(.warning, .warning, message, facts)
  }

  public func error(_ event: Event, _ message: String, _ facts: KeyValuePairs<String, String> = [:]) {
    write(.error, event, message, facts)
  }

  private func write(
    _ level: Logger.Level, _ event: Event, _ message: String, _ facts: KeyValuePairs<String, String>
  ) {
    var metadata: Logger.Metadata = ["event": .string(event.rawValue)]
    for (key, value) in facts { metadata[key] = .string(value) }
    logger.log(level: level, "\(message)", metadata: metadata)
  }
}
