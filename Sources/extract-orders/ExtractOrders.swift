import ArgumentParser
import StageKit

/// Phase 2: labels every training image with the order in which the any-order model is most confident (paper §4.3), or
/// by another rule.
@main
struct ExtractOrders: ParsableCommand {
  static let name = "extract-orders"
  /// The number in pipeline/algorithms.json.
  static let algorithm = 2

  static let configuration = CommandConfiguration(
    commandName: name,
    abstract:
      "Extract the specialised order of every image of a token shard, by equation (1) or another rule.",
    discussion: """
      Without a subcommand it labels images: 'extract-orders --config …' is
      'extract-orders label --config …'.

      EXAMPLE:
        extract-orders --config work/smoke/config/orders.json \\
          --model work/smoke/anyorder/model.shard \\
          --tokens work/smoke/tokens/train/tokens-00000-of-00002.shard \\
          --out work/smoke/orders/orders-00000-of-00002.shard

      \(StageExit.help)
      """,
    subcommands: [Label.self, StaticCommand.self], defaultSubcommand: Label.self)

  static func main() { runStageProgram(Self.self) }
}
