import ArgumentParser
import EngineKit
import Foundation
import Models
import Orders
import Shards
import StageKit
import Weights

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
  @Flag(help: "Extract the orders of some images only, the share 'exact_share' of the settings.")
  var exact = false
  @Flag(help: "Check every batch: the likelihood along an order must equal an ordinary teacher-forced pass.")
  var verify = false
  @OptionGroup var check: SettingsCheckOption
  @OptionGroup var options: StageOptions

  func run() throws {
    try runStage(ExtractOrders.name, options) { stage in
      let (settings, configID) = try Self.settings(config)
      guard policy == nil || !(exact || verify) else {
        throw ValidationError(
          "--policy orders all images and asks no likelihoods: leave --exact and --verify out.")
      }
      try checkShared(settings.orders.rule)
      let part = try ShardHeader.peek(tokens).part
      try stage.check(
        out, .shard(.orders, part: part), inputs: [config, model, tokens, policy, shared, orders])
      var inputs = [
        try Provenance.Input(role: "tokens", shard: tokens),
        try Provenance.Input(role: "model", shard: model),
      ]
      if let policy { inputs.append(try Provenance.Input(role: "policy", shard: policy)) }
      if let shared { inputs.append(try Provenance.Input(role: "static", shard: shared)) }
      if let orders { inputs.append(try Provenance.Input(role: "orders", shard: orders)) }
      let provenance = stage.provenance(
        algorithm: Self.algorithm, configID: configID, inputs: inputs,
        precision: settings.compute.precision.rawValue)
      try stage.make(out, provenance, part: part) {
        try shared.map { try share($0, stage, settings, provenance) } ?? extract(stage, settings, provenance)
      }
    }
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

  /// Gives each image the shared order that is its own.
  private func share(
    _ path: String, _ stage: StageRun, _ settings: Settings, _ provenance: Provenance
  ) throws -> MadeOutput {
    let (table, header) = try TokenTable.read(tokens)
    let file = try TransformerFile(reading: model)
    try file.check(tokens: table, path: model)
    let shared = try SharedOrders(reading: path, for: file, modelPath: model, rule: settings.orders.rule)
    guard shared.extractor == file.contentID else {
      throw ShardError.mismatch(
        path: path, expected: "shared orders of the model \(file.contentID) of \(model)",
        found: "those of \(shared.extractor)")
    }
    let made = try shared.table(of: table, header, own: orders)
    let contentID = try made.write(
      to: out, shard: header.shard, of: header.shards, provenance: provenance)
    return MadeOutput(contentID: contentID, count: made.count, unit: "images")
  }

  private func extract(
    _ stage: StageRun, _ settings: Settings, _ provenance: Provenance
  ) throws -> MadeOutput {
    try stage.configureEngine(settings.compute, config: config)
    let (table, header) = try TokenTable.read(tokens)
    let file = try TransformerFile(reading: model)
    try file.check(tokens: table, path: model)
    let chooser = try policy.map { try PolicyFile(reading: $0, for: file) }
    let laziness = settings.orders.laziness
    let approximate = chooser == nil && !laziness.isExact(locations: table.tokensPerImage)
    if approximate {
      stage.log.info(
        .note,
        "Orders are approximate: all free locations are asked every \(laziness.refresh) steps, the "
          + "\(laziness.candidates) most promising ones in between")
    }
    let bytesPerImage = DecodingSession.bytesPerSequence(
      chooser?.sizes.transformer ?? file.model.configuration, precision: settings.compute.precision)
    let images = exact ? settings.orders.exactImages(of: table.count) : Array(0..<table.count)
    // No larger than the shard, whatever the settings say: caches are made for whole batches.
    let batch = min(
      MemoryBudget(mebibytes: settings.orders.memory).images(
        of: settings.orders.batch, bytesPerImage: bytesPerImage), max(images.count, 1))
    try MemoryRoom.require(
      product: [batch, bytesPerImage], subject: "\(config): 'orders.batch'",
      purpose: "the caches of \(batch) images",
      advice: "Lower it, or give 'orders.memory' a number of MiB.")
    let nothing = OrderTable(
      sampleIDs: [], orders: [], confidences: [], gridHeight: table.gridHeight, gridWidth: table.gridWidth,
      tokensContentID: header.contentID, modelContentID: file.contentID,
      lazy: approximate
        ? .init(refresh: laziness.refresh, candidates: laziness.candidates) : nil,
      policyContentID: chooser?.contentID, rule: chooser == nil ? settings.orders.rule?.fact : nil)
    var shard = try PartialShard(
      of: out, part: header.part, provenance: provenance, nothing: nothing, stage: stage)
    let extraction = Extraction(
      stage: stage, file: file, policy: chooser?.model, table: table, images: images, batch: batch,
      laziness: laziness,
      rule: settings.orders.rule?.locationRule(gridHeight: table.gridHeight, gridWidth: table.gridWidth)
        ?? .greedy,
      precision: settings.compute.precision,
      conditions: table.conditions(for: file.model.configuration))
    try extraction.run(
      label: "extract-orders \(header.shard + 1)/\(header.shards)", verify: verify, from: nothing,
      into: &shard)
    return MadeOutput(contentID: try shard.finish(), count: images.count, unit: "images")
  }
}
