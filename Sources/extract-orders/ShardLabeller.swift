import EngineKit
import Models
import Orders
import Shards
import StageKit
import Weights

/// The files of one shard: what is labelled, where its orders go, and for clusters the orders that it has already.
struct ShardFiles {
  let tokens: String
  let orders: String?
  let out: String

  /// The files that options name: themselves, or with a range those of its parts in these folders.
  static func of(tokens: String, orders: String?, out: String, _ range: ShardRange?) -> [ShardFiles] {
    guard let range else { return [ShardFiles(tokens: tokens, orders: orders, out: out)] }
    let own = orders.map { range.paths(in: $0, .orders) }
    let (read, written) = (range.paths(in: tokens, .tokens), range.paths(in: out, .orders))
    return read.indices.map { ShardFiles(tokens: read[$0], orders: own?[$0], out: written[$0]) }
  }
}

/// Labels one shard after the other, with models that are read when the first of them needs them.
final class ShardLabeller {
  let settings: OrderSettings
  /// The models and shared orders that every shard is made from.
  let inputs: [Provenance.Input]
  private let stage: StageRun
  private let config: String
  private let model: String
  private let policy: String?
  private let shared: String?
  private let exact: Bool
  private let verify: Bool
  private var isConfigured = false
  private var readTransformer: TransformerFile?
  private var readPolicy: PolicyFile?

  /// - Parameters: as the options of `Label`; of the models only headers are read.
  /// - Throws: `ShardError`, `FileError`.
  init(
    stage: StageRun, settings: OrderSettings, config: String, model: String, policy: String?, shared: String?,
    exact: Bool, verify: Bool
  ) throws {
    (self.stage, self.settings, self.config) = (stage, settings, config)
    (self.model, self.policy, self.shared) = (model, policy, shared)
    (self.exact, self.verify) = (exact, verify)
    inputs = try [("model", model), ("policy", policy), ("static", shared)].compactMap { role, path in
      try path.map { try Provenance.Input(role: role, shard: $0) }
    }
  }

  /// - Parameter provenance: with `inputs` among its inputs.
  func label(_ files: ShardFiles, _ provenance: Provenance) throws -> MadeOutput {
    try shared.map { try share($0, files, provenance) } ?? extract(files, provenance)
  }

  private func transformer() throws -> TransformerFile {
    let file = try readTransformer ?? TransformerFile(reading: model)
    readTransformer = file
    return file
  }

  private func chooser(for file: TransformerFile) throws -> PolicyFile? {
    let chooser = try readPolicy ?? policy.map { try PolicyFile(reading: $0, for: file) }
    readPolicy = chooser
    return chooser
  }

  /// Gives each image the shared order that is its own.
  private func share(_ path: String, _ files: ShardFiles, _ provenance: Provenance) throws -> MadeOutput {
    let (table, header) = try TokenTable.read(files.tokens)
    let file = try transformer()
    try file.check(tokens: table, path: model)
    let shared = try SharedOrders(reading: path, for: file, modelPath: model, rule: settings.orders.rule)
    guard shared.extractor == file.contentID else {
      throw ShardError.mismatch(
        path: path, expected: "shared orders of the model \(file.contentID) of \(model)",
        found: "those of \(shared.extractor)")
    }
    let made = try shared.table(of: table, header, own: files.orders)
    let contentID = try made.write(
      to: files.out, shard: header.shard, of: header.shards, provenance: provenance)
    return MadeOutput(contentID: contentID, count: made.count, unit: "images")
  }

  private func extract(_ files: ShardFiles, _ provenance: Provenance) throws -> MadeOutput {
    if !isConfigured { try stage.configureEngine(settings.compute, config: config) }
    isConfigured = true
    let (table, header) = try TokenTable.read(files.tokens)
    let file = try transformer()
    try file.check(tokens: table, path: model)
    let chooser = try chooser(for: file)
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
      of: files.out, part: header.part, provenance: provenance, nothing: nothing, stage: stage)
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
