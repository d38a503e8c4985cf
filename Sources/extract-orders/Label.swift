import ArgumentParser
import EngineKit
import Orders
import Shards
import StageKit

/// `extract-orders label`, which can be left out: an order for every image of a shard.
struct Label: ModelCommand {
  typealias Settings = OrderSettings
  static let algorithm = ExtractOrders.algorithm

  static let configuration = CommandConfiguration(
    commandName: "label",
    abstract: "Extract the order of every image of a token shard.",
    discussion: """
      One shard in, one shard out, on any machine: read an any-order model and a
      token shard, write an order shard with the probability that made each location
      win. All free locations are asked in parallel, with a key/value cache in which
      only committed rows stay. By default locations are chosen by equation (1); a
      'rule' in the settings chooses otherwise. With 'refresh' and 'candidates' only
      some are asked, and the orders are an approximation; the shard says so.

      Where the rule is static, images share orders: --static has them
      ('extract-orders static'). With clusters, --orders has the images' own ones,
      and each gets the shared order that is nearest.

      With 'exact_share' in the settings, --exact does so for that share of the
      images, which lie evenly in the shard; a policy learns from them
      ('distill policy'), and with --policy it orders all images.

      EXAMPLE:
        extract-orders --config work/smoke/config/orders.json \\
          --model work/smoke/anyorder/model.shard \\
          --tokens work/smoke/tokens/train/tokens-00000-of-00002.shard \\
          --out work/smoke/orders/orders-00000-of-00002.shard

      With --shards one process labels several shards and reads its models once;
      --tokens, --orders and --out are folders then:
        extract-orders --config work/smoke/config/orders.json \\
          --model work/smoke/anyorder/model.shard \\
          --tokens work/smoke/tokens/train --shards 0-1/2 --out work/smoke/orders

      With --claim any number of such processes, on any nodes, share the shards.

      \(StageExit.help)
      """)

  @Option(help: "Resolved settings of this stage, as pipeline/stamp writes them.")
  var config: String
  @Option(help: "Weights shard of the any-order model.")
  var model: String
  @Option(help: "Token shard to read.")
  var tokens: String
  @Option(help: "Order shard to write.")
  var out: String
  @Option(help: "Weights shard of an order policy, which chooses in place of the model.")
  var policy: String?
  @Option(
    name: .customLong("static"), help: "Shard of shared orders, for settings whose rule is static.")
  var shared: String?
  @Option(help: "Order shard of the same images, for shared orders of clusters.")
  var orders: String?
  @Option(
    help: "Shards to label one after the other, counted from 0, such as 17/1024 or 16-31/1024.",
    transform: ShardRange.init(option:))
  var shards: ShardRange?
  @OptionGroup var claims: ClaimOptions
  @Flag(help: "Extract the orders of some images only, the share 'exact_share' of the settings.")
  var exact = false
  @Flag(help: "Check every batch: the likelihood along an order must equal an ordinary teacher-forced pass.")
  var verify = false
  @OptionGroup var check: SettingsCheckOption
  @OptionGroup var options: StageOptions

  func validate() throws {
    if claims.claim, shards == nil {
      throw ValidationError("--claim goes with --shards, the shards that processes share.")
    }
  }

  func run() throws {
    try runStage(ExtractOrders.name, options) { stage in
      let (settings, configID) = try Self.settings(config)
      guard policy == nil || !(exact || verify) else {
        throw ValidationError(
          "--policy orders all images and asks no likelihoods: leave --exact and --verify out.")
      }
      try checkShared(settings.orders.rule)
      let labeller = try ShardLabeller(
        stage: stage, settings: settings, config: config, model: model, policy: policy, shared: shared,
        exact: exact, verify: verify)
      let files = ShardFiles.of(tokens: tokens, orders: orders, out: out, shards)
      try stage.each(files.map(\.out), claims) { try label(files[$0], labeller, stage, configID) }
    }
  }

  /// Labels one shard, unless it is up to date.
  private func label(
    _ files: ShardFiles, _ labeller: ShardLabeller, _ stage: StageRun, _ configID: String
  ) throws {
    let part = try ShardHeader.peek(files.tokens).part
    try stage.check(
      files.out, .shard(.orders, part: part),
      inputs: [config, model, files.tokens, policy, shared, files.orders])
    var inputs = [try Provenance.Input(role: "tokens", shard: files.tokens)] + labeller.inputs
    if let orders = files.orders { inputs.append(try Provenance.Input(role: "orders", shard: orders)) }
    let provenance = stage.provenance(
      algorithm: Self.algorithm, configID: configID, inputs: inputs,
      precision: labeller.settings.compute.precision.rawValue)
    try stage.make(files.out, provenance, part: part) { try labeller.label(files, provenance) }
  }

  /// Checks that options and rule agree on whether images share orders.
  private func checkShared(_ rule: RuleSection?) throws {
    let isStatic = rule?.shared != nil
    guard (shared != nil) == isStatic else {
      throw ValidationError(
        isStatic
          ? "\(config) has a static rule: give its shared orders with --static ('extract-orders static' makes them)."
          : "\(config) has no static rule: leave --static out.")
    }
    guard (orders != nil) == (isStatic && rule?.sharedBy == .clusters) else {
      throw ValidationError(
        "--orders goes with a static rule of the scope 'clusters', and such a rule with --orders.")
    }
    guard !isStatic || (policy == nil && !exact && !verify) else {
      throw ValidationError("Shared orders ask no model: leave --policy, --exact and --verify out.")
    }
  }
}
