import ArgumentParser
import EngineKit
import Models
import Orders
import Shards
import StageKit
import Weights

/// `extract-orders static`: orders that images share, of a curve or by the mean rank of extracted ones.
struct StaticCommand: ModelCommand {
  typealias Settings = OrderSettings
  static let algorithm = ExtractOrders.algorithm

  static let configuration = CommandConfiguration(
    commandName: "static",
    abstract: "Make the orders that images share: a curve, or the mean rank of extracted orders.",
    discussion: """
      The rule of the settings says which: a curve such as columns or hilbert, a
      random order, or the mean rank of extracted orders, for all images, for each
      class or for clusters of images whose orders are alike. 'extract-orders
      --static' labels images with them, and 'sample --orders' draws in them.

      EXAMPLE:
        extract-orders static --config work/mini/config/rule-mean-class.json \\
          --model work/mini/anyorder/model.shard --tokens work/mini/tokens/train \\
          --orders work/mini/orders --out work/mini/rules/mean-class/static.shard

      \(StageExit.help)
      """)

  @Option(help: "Resolved settings of this stage, as pipeline/stamp writes them.")
  var config: String
  @Option(help: "Weights shard of the any-order model.")
  var model: String
  @Option(help: "Folder with the token shards of the training images.")
  var tokens: String
  @Option(help: "Folder with their extracted orders, for mean ranks.")
  var orders: String?
  @Option(help: "Shard of shared orders to write.")
  var out: String
  @OptionGroup var check: SettingsCheckOption
  @OptionGroup var options: StageOptions

  func run() throws {
    try runStage(ExtractOrders.name, options) { stage in
      let (settings, configID) = try Self.settings(config)
      guard let rule = settings.orders.rule, let shared = rule.shared else {
        throw ValidationError("\(config) has no static rule: 'extract-orders static' needs one.")
      }
      guard (shared == .meanRank) == (orders != nil) else {
        throw ValidationError(
          shared == .meanRank
            ? "\(config) asks for mean ranks: give the extracted orders with --orders."
            : "\(config) asks for a curve: leave --orders out.")
      }
      try stage.check(out, .shard(.staticOrders), inputs: [config, model])
      let folder = try TokenFolder(tokens, role: "tokens", split: "train")
      let known = try orders.map { try folder.ordered(by: $0, role: "orders") }
      let inputs =
        folder.inputs + (known?.inputs ?? []) + [try Provenance.Input(role: "model", shard: model)]
      let provenance = stage.provenance(
        algorithm: Self.algorithm, configID: configID, seed: rule.randomSeed, inputs: inputs)
      try stage.make(out, provenance) {
        let file = try TransformerFile(reading: model)
        try file.check(tokens: folder, path: model)
        let made = try made(rule, shared, file, folder, known)
        let table = StaticOrderTable(
          orders: made.orders.flatMap { $0.map(UInt16.init) },
          images: made.images.flatMap { $0.map(UInt32.init) }, gridHeight: folder.gridHeight,
          gridWidth: folder.gridWidth, classes: made.classes, modelContentID: file.contentID,
          rule: rule.fact)
        return MadeOutput(
          contentID: try table.write(to: out, provenance: provenance), count: table.count, unit: "orders")
      }
    }
  }

  private func made(
    _ rule: RuleSection, _ shared: RuleSection.Shared, _ file: TransformerFile, _ folder: TokenFolder,
    _ known: OrderedImages?
  ) throws -> StaticOrders {
    let classes = file.model.configuration.classes
    guard rule.sharedBy != .classes || classes > 0 else {
      throw StageError(
        .configuration,
        "\(config): 'orders.rule.scope' is class, but \(model) is a model of captions, which has none. "
          + "Choose all or clusters.")
    }
    guard let known else {
      guard case .curve(let curve) = shared else { preconditionFailure("mean ranks are of orders") }
      func order(_ number: Int) -> [Int] {
        curve.order(
          height: folder.gridHeight, width: folder.gridWidth, seed: rule.randomSeed, number: UInt64(number))
      }
      return rule.sharedBy == .classes
        ? StaticOrders(ofClasses: (0..<classes).map(order)) : StaticOrders(order(0), classes: classes)
    }
    if known.model != file.contentID {
      throw ShardError.mismatch(
        path: orders ?? "", expected: "orders by the model \(file.contentID) of \(model)",
        found: "orders by \(known.model)")
    }
    guard rule.clusterCount <= known.images.count else {
      throw StageError(
        .configuration,
        "\(config): 'orders.rule.clusters' must be at most the \(known.images.count) images with orders, found "
          + "\(rule.clusterCount). Lower it, or extract more orders.")
    }
    let labels = known.images.map { classes > 0 ? folder.data.labels[$0] : 0 }
    do {
      return try MeanRankOrders(orders: known.orders, labels: labels.map { Int($0) }, classes: classes).fit(
        rule.sharedBy, clusters: rule.clusterCount, seed: rule.randomSeed)
    } catch .missingClass(let label) {
      throw StageError(
        .badData,
        "\(orders ?? ""): no image of class \(label)\(name(of: label, folder)) has an order, so that it has no mean. "
          + "Extract orders of more images, or choose the scope all.")
    } catch .differing(let count) {
      throw StageError(
        .configuration,
        "\(config): 'orders.rule.clusters' must be at most the number of different orders, \(count), found "
          + "\(rule.clusterCount). Lower it.")
    }
  }

  private func name(of label: Int, _ folder: TokenFolder) -> String {
    folder.classNames.indices.contains(label) ? " (\(folder.classNames[label]))" : ""
  }
}
