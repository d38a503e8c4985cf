import ArgumentParser
import StageKit

/// Phase 3: fine-tunes the any-order model on the orders extracted by it (paper §4.4), and trains policies that choose
/// locations as those orders do.
@main
struct Distill: ParsableCommand {
  static let name = "distill"
  /// The number in pipeline/algorithms.json.
  static let algorithm = 2

  static let configuration = CommandConfiguration(
    commandName: name,
    abstract: "Fine-tune an any-order model on extracted orders, or train an order policy on them.",
    discussion: """
      Without a subcommand it fine-tunes: 'distill --config …' is 'distill tune
      --config …'.

      EXAMPLE:
        distill --config work/smoke/config/distill.json --tokens work/smoke/tokens \\
          --orders work/smoke/orders --validation-orders work/smoke/orders-test \\
          --init work/smoke/anyorder/model.shard \\
          --out work/smoke/distill/model.shard

      \(StageExit.help)
      """,
    subcommands: [Tune.self, PolicyCommand.self], defaultSubcommand: Tune.self)

  static func main() { runStageProgram(Self.self) }
}
