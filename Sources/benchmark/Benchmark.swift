import ArgumentParser

/// Measures the engine on this machine. Weights and data are random; nothing is read but the PyTorch peer's script.
@main
struct Benchmark: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "benchmark",
    abstract: "Measure the engine on this machine.",
    discussion: """
      Without a subcommand it measures the table. Weights are random, so nothing
      needs to be trained before.

      Examples:
        benchmark --json table.json --markdown table.md
        benchmark latency --repetitions 3
        benchmark once extract --precision bfloat16 --repetitions 10
      """,
    subcommands: [
      TableCommand.self, LatencyCommand.self, GrowthCommand.self, ScaleCommand.self, CurvesCommand.self,
      OnceCommand.self, PlanCommand.self,
    ],
    defaultSubcommand: TableCommand.self)
}
