import ArgumentParser
import EngineKit
import Foundation
import Models
import Orders
import Shards
import StageKit
import Weights

/// Phase 2: labels every training image with the order in which the any-order model is most confident (paper §4.3).
@main
struct ExtractOrders: ModelCommand {
  static let algorithm = 2

  static let configuration = CommandConfiguration(
    commandName: "extract-orders",
    abstract: "Extract the specialised order of every image of a token shard, by equation (1).",
    discussion: """
      One shard in, one shard out, on any machine: read an any-order model and a
      token shard, write an order shard with the probability that made each location
      win. All free locations are asked in parallel, with a key/value cache in which
      only committed rows stay. With 'refresh' and 'candidates' in the settings only
      some are asked, and the orders are an approximation; the shard says so.

      With 'exact_share' in the settings, --exact does so for that share of the
      images, the first ones of the shard; a policy learns from them
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
  @Flag(help: "Extract the orders of the first images only, of the share 'exact_share' of the settings.")
  var exact = false
  @Flag(help: "Check every batch: the likelihood along an order must equal an ordinary teacher-forced pass.")
  var verify = false
  @OptionGroup var check: SettingsCheckOption
  @OptionGroup var options: StageOptions

  struct Settings: CheckedConfiguration, ModelSettings {
    struct Orders: CheckedConfiguration {
      /// Images extracted together.
      let batch: Int
      /// Mebibytes that their caches may take, fewer images then; 0: any.
      let memory: Int
      /// Steps from one step that asks all free locations to the next; 0: every step does, the exact method.
      let refresh: Int
      /// Locations asked in between; 0 with the exact method.
      let candidates: Int
      /// Share of the images whose orders a policy learns from; absent where there is none.
      let exactShare: Double?

      func check(_ rules: inout ConfigurationRules) {
        rules.requirePositive(batch, atMost: 65_536, "batch")
        rules.require(memory >= 0, "memory", "0 (no limit) or more", memory)
        rules.require(memory, atMost: MemoryBudget.mostMebibytes, "memory")
        rules.require(refresh >= 0, "refresh", "0 (exact) or more", refresh)
        rules.require(candidates >= 0, "candidates", "0 (exact) or more", candidates)
        rules.require(refresh, atMost: SizeLimits.locations, "refresh")
        rules.require(candidates, atMost: SizeLimits.locations, "candidates")
        rules.require(
          refresh > 0 || candidates == 0, "refresh", "1 or more where 'candidates' is \(candidates)", refresh)
        rules.require(
          candidates > 0 || refresh == 0, "candidates", "1 or more where 'refresh' is \(refresh)", candidates)
        if let exactShare {
          rules.require(
            exactShare > 0 && exactShare <= 1, "exact_share", "above 0 and at most 1", exactShare)
        }
      }

      /// How many images of a shard have exact orders.
      func exactImages(of count: Int) -> Int { Int((Double(count) * (exactShare ?? 1)).rounded(.up)) }

      var laziness: Laziness { Laziness(refresh: refresh, candidates: candidates) }
    }
    let algorithm: Int
    let orders: Orders
    let compute: ComputeSettings
    func check(_ rules: inout ConfigurationRules) {}
  }

  static func main() { runStageProgram(Self.self) }

  func run() throws {
    try runStage("extract-orders", options) { stage in
      let (settings, configID) = try Self.settings(config)
      guard policy == nil || !(exact || verify) else {
        throw ValidationError(
          "--policy orders all images and asks no likelihoods: leave --exact and --verify out.")
      }
      let part = try ShardHeader.peek(tokens).part
      try stage.check(out, .shard(.orders, part: part), inputs: [config, model, tokens, policy])
      var inputs = [
        try Provenance.Input(role: "tokens", shard: tokens),
        try Provenance.Input(role: "model", shard: model),
      ]
      if let policy { inputs.append(try Provenance.Input(role: "policy", shard: policy)) }
      let provenance = stage.provenance(
        algorithm: Self.algorithm, configID: configID, inputs: inputs,
        precision: settings.compute.precision.rawValue)
      try stage.make(out, provenance, part: part) { try extract(stage, settings, provenance) }
    }
  }

  private func extract(
    _ stage: StageRun, _ settings: Settings, _ provenance: Provenance
  ) throws -> MadeOutput {
    try stage.configureEngine(settings.compute, config: config)
    let (table, header) = try TokenTable.read(tokens)
    let file = try TransformerFile(reading: model)
    try file.check(tokens: table, path: model)
    let chooser = try policy.map { path in
      let chooser = try PolicyFile(reading: path)
      try chooser.check(for: file, path: path)
      return chooser
    }
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
    let images = exact ? settings.orders.exactImages(of: table.count) : table.count
    // No larger than the shard, whatever the settings say: caches are made for whole batches.
    let batch = min(
      MemoryBudget(mebibytes: settings.orders.memory).images(
        of: settings.orders.batch, bytesPerImage: bytesPerImage), max(images, 1))
    try MemoryRoom.require(
      product: [batch, bytesPerImage], subject: "\(config): 'orders.batch'",
      purpose: "the caches of \(batch) images",
      advice: "Lower it, or give 'orders.memory' a number of MiB.")
    let nothing = OrderTable(
      sampleIDs: [], orders: [], confidences: [], gridHeight: table.gridHeight, gridWidth: table.gridWidth,
      tokensContentID: header.contentID, modelContentID: file.contentID,
      lazy: approximate
        ? .init(refresh: laziness.refresh, candidates: laziness.candidates) : nil,
      policyContentID: chooser?.contentID)
    var shard = try PartialShard(
      of: out, part: header.part, provenance: provenance, nothing: nothing, stage: stage)
    let extraction = Extraction(
      stage: stage, file: file, policy: chooser?.model, table: table, images: images, batch: batch,
      laziness: laziness, precision: settings.compute.precision,
      conditions: table.conditions(for: file.model.configuration))
    try extraction.run(
      label: "extract-orders \(header.shard + 1)/\(header.shards)", verify: verify, from: nothing,
      into: &shard)
    return MadeOutput(contentID: try shard.finish(), count: images, unit: "images")
  }
}
