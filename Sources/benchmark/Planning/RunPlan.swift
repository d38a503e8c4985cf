import Files
import Models
import Training

/// What a run of some settings has to compute and to write, counted from the settings alone.
struct RunPlan {
  /// Work that machines share without exchanging anything.
  struct Apart {
    let name: String
    let images: Double
    /// Operations of one image.
    let operations: Double
    /// Whose rate it has in the measured table.
    let rate: String
  }

  /// A model in training.
  struct Trained {
    let name: String
    let steps: Int
    let batch: Int
  }

  let model: AnyOrderConfiguration
  let trained: [Trained]
  let apart: [Apart]
  let shards: Int

  /// - Parameters:
  ///   - settings: a run's `settings.json`.
  ///   - images: how many training images there are, where the settings take all.
  /// - Throws: `Lacking` for settings without what is counted.
  init(_ settings: JSONValue, path: String, images: Int, classes: Int) throws {
    func number(_ section: String, _ key: String) throws -> Int {
      guard let value = settings[section]?[key]?.int else {
        throw Lacking(path: path, key: "\(section).\(key)")
      }
      return value
    }
    let tokenizer = try Self.tokenizer(settings, number, path: path)
    let side = try number("data", "size") >> (tokenizer.multipliers.count - 1)
    model = AnyOrderConfiguration(
      width: try number("model", "width"), layers: try number("model", "layers"),
      heads: try number("model", "heads"), hidden: try number("model", "hidden"), codes: tokenizer.codes,
      classes: classes,
      positions: settings["model"]?["positions"]?.string.flatMap(PositionEncoding.init) ?? .tokens,
      gridHeight: side, gridWidth: side)

    let views =
      switch settings["tokens"]?["augmentation"]?.string {
      case "flip": 2
      case "ten-crop": 10
      case "random-crops": settings["tokens"]?["views"]?.int ?? 2
      default: 1
      }
    let given = try number("data", "train_images")
    let all = Double((given > 0 ? given : images) * views)
    trained = try [
      "anyorder", "distill", "anyorder-long", "raster-tuned", "raster-scratch", "distill-direct",
    ]
    .filter { settings[$0]?["steps"] != nil }
    .map { Trained(name: $0, steps: try number($0, "steps"), batch: try number($0, "batch")) }
    let exact = settings["policy"] == nil ? 1 : settings["orders"]?["exact_share"]?.double ?? 1
    let arms = settings["arms"]?.object ?? [:]
    let drawn =
      Double(try number("sampling", "images")) * Double(settings["sampling"]?["seeds"]?.array?.count ?? 1)
      * (settings["sampling"]?["guidance"]?.double ?? 1 == 1 ? 1 : 2)
    let greedy = arms.values.count { $0["order"]?.string == "greedy" }
    apart = [
      Apart(name: "tokenise", images: all, operations: tokenizer.operations, rate: "encode"),
      Apart(name: "extract orders", images: all * exact, operations: model.greedyOperations, rate: "extract"),
      Apart(
        name: "sample, greedy arms", images: drawn * Double(greedy), operations: model.greedyOperations,
        rate: "greedy"),
      Apart(
        name: "sample, other arms", images: drawn * Double(arms.count - greedy),
        operations: model.orderedOperations, rate: "random"),
    ]
    let train = try number("tokens", "train_shards")
    let samples =
      (settings["sampling"]?["seeds"]?.array?.count ?? 1) * (settings["sampling"]?["shards"]?.int ?? 1)
    shards =
      2 * train + 2 * (try number("tokens", "test_shards")) + trained.count + arms.count * (samples + 2)
  }

  private static func tokenizer(
    _ settings: JSONValue, _ number: (String, String) throws -> Int, path: String
  ) throws -> (multipliers: [Int], codes: Int, operations: Double) {
    let section = settings["tokenizer"]
    guard let multipliers = section?["multipliers"]?.ints,
      let encoder = section?["encoder"]?.string.flatMap(ImageTokenizerConfiguration.Encoder.init)
    else { throw Lacking(path: path, key: "tokenizer.multipliers") }
    let attends = section?["attention"].map { $0 == .bool(true) } ?? false
    let configuration = ImageTokenizerConfiguration(
      imageSize: try number("data", "size"), imageChannels: try number("data", "channels"), encoder: encoder,
      channels: try number("tokenizer", "channels"), multipliers: multipliers,
      residualBlocks: try number("tokenizer", "residual_blocks"), attention: attends,
      groups: try number("tokenizer", "groups"), latentChannels: try number("tokenizer", "latent_channels"),
      patchWidth: try number("tokenizer", "patch_width"), codes: try number("tokenizer", "codes"),
      codeWidth: try number("tokenizer", "code_width"))
    return (multipliers, configuration.codes, ImageTokenizer(configuration: configuration).encodingOperations)
  }

  struct Lacking: Error, CustomStringConvertible {
    let path: String
    let key: String
    var description: String {
      "\(path) lacks '\(key)': expected a run's settings.json of images by class, as pipeline/stamp writes it."
    }
  }
}
