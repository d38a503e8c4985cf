import ArgumentParser
import StageKit

/// Options of the training stages that do not change results.
public struct TrainingRunOptions: ParsableArguments, Sendable {
  @Option(help: "Seconds between checkpoints; more where writing one takes over a tenth of them.")
  public var checkpointSeconds = 60.0
  @Flag(help: "Leave a checkpoint of other settings or inputs behind instead of refusing to start.")
  public var restart = false

  @Option(
    help: """
      A file for when the first 20 steps of this run compute and gradients travel, for Perfetto \
      (ui.perfetto.dev) or chrome://tracing.
      """)
  public var trace: String?

  public init() {}

  public func validate() throws {
    try requireOption(checkpointSeconds, in: CheckpointClock.range, "--checkpoint-seconds")
  }
}
