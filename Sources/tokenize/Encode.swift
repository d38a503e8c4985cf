import ArgumentParser
import EngineKit
import Foundation
import Images
import Models
import Shards
import StageKit
import Weights

/// `tokenize encode`: one shard of images to one shard of tokens.
struct Encode: ConfiguredCommand {
  static let configuration = CommandConfiguration(
    abstract: "Turns images into token shards.",
    discussion: """
      Reads the images that the configuration names and the tokenizer's weights,
      and writes one shard of tokens. Image i of n goes to shard i * count / n;
      only the images of the shard are read. With an augmentation each training
      image gives several samples, beside each other.

      \(StageExit.help)
      """)

  @Option(help: "Configuration with the sections data and tokens.")
  var config: String

  @Option(help: "Weights shard of the tokenizer.")
  var tokenizer: String

  @Option(help: "Which images: train or test.")
  var split: String

  @Option(help: "Which shard, such as 00003-of-00008.")
  var shard: String

  @Option(
    help: "Shard of the split's captions, as 'tokenize text encode' writes it: they go with the tokens.")
  var texts: String?

  @Option(help: "Token shard to write.")
  var out: String

  @OptionGroup var check: SettingsCheckOption

  @OptionGroup var options: StageOptions

  func validate() throws {
    if ImageSplit(rawValue: split) == nil {
      throw ValidationError("--split is train or test, found '\(split)'.")
    }
    if ShardPart(shard) == nil {
      throw ValidationError("--shard is an index and a count such as 00003-of-00008, found '\(shard)'.")
    }
  }

  static func checkSettings(_ path: String) throws {
    let (settings, _) = try Self.settings(path)
    _ = try settings.augmentation(.train, path: path)
  }

  private static func settings(_ path: String) throws -> (EncodeSettings, configID: String) {
    try StageConfiguration.load(path, as: EncodeSettings.self, algorithm: TokenizeAlgorithm.encode)
  }

  func run() throws {
    try runStage("tokenize", options) { stage in
      // validate() refused anything else.
      guard let split = ImageSplit(rawValue: split), let part = ShardPart(shard) else {
        throw StageError(.usage, "--split or --shard is none, found '\(split)' and '\(shard)'. Correct them.")
      }
      try stage.check(out, .shard(.tokens, part: part), inputs: [config, tokenizer, texts])
      let (settings, configID) = try Self.settings(config)
      let expected = split == .train ? settings.tokens.trainShards : settings.tokens.testShards
      guard part.count == expected else {
        throw StageError(
          .configuration,
          "\(config) asks for \(expected) shards of \(split.rawValue) images, found --shard \(part). "
            + "Give one of these.")
      }
      let images = try ImageInput(settings.data, split: split, log: stage.log)
      let range = part.range(ofRecords: images.count)
      let augmentation = try settings.augmentation(split, path: config)
      var inputs = [try images.provenance(range), try Provenance.Input(role: "tokenizer", shard: tokenizer)]
      if let texts { inputs.append(try Provenance.Input(role: "texts", shard: texts)) }
      let provenance = stage.provenance(
        algorithm: TokenizeAlgorithm.encode, configID: configID, seed: settings.data.seed, inputs: inputs)
      try stage.make(out, provenance, part: part) {
        stage.configureThreads()
        let file = try TokenizerFile(reading: tokenizer)
        try check(file.tokenizer.configuration, settings.data)
        var table = try tokens(
          of: images, range: range, augmentation: augmentation, file: file, batch: settings.tokens.batch)
        if let texts {
          table.captions = try CaptionJoin(texts, images: images.images).captions(of: table)
        }
        let contentID = try table.write(to: out, shard: part.index, of: part.count, provenance: provenance)
        return MadeOutput(contentID: contentID, count: table.count, unit: "samples")
      }
    }
  }

  private func check(_ configuration: ImageTokenizerConfiguration, _ data: DataSettings) throws {
    guard configuration.imageSize == data.size, configuration.imageChannels == data.channels else {
      throw ShardError.mismatch(
        path: tokenizer,
        expected: "a tokenizer of \(data.size)x\(data.size) images of \(data.channels) channels",
        found: "one of \(configuration.imageSize)x\(configuration.imageSize) images of "
          + "\(configuration.imageChannels) channels")
    }
  }

  private func tokens(
    of input: ImageInput, range: Range<Int>, augmentation: Augmentation, file: TokenizerFile, batch: Int
  ) throws -> TokenTable {
    let configuration = file.tokenizer.configuration
    let images = input.images
    var (sampleIDs, labels, tokens) = ([UInt64](), [UInt32](), [UInt16]())
    var remarks = DecodingRemarks()
    tokens.reserveCapacity(range.count * augmentation.count * configuration.locations)
    for first in stride(from: range.lowerBound, to: range.upperBound, by: batch) {
      try StopRequest.check()
      let loaded = try images.load(first..<min(first + batch, range.upperBound), augmentation: augmentation)
      remarks.add(loaded.remarks)
      sampleIDs += loaded.sampleIDs
      labels += loaded.labels
      for part in stride(from: 0, to: loaded.count, by: batch) {
        let pixels = loaded.images[part..<min(part + batch, loaded.count)].flatMap(\.pixels)
        let codes = file.tokenizer.encode(
          images: ImageTokenizer.values(pixels[...]), count: min(batch, loaded.count - part))
        tokens += codes.map { UInt16($0) }
      }
    }
    input.pass(on: remarks)
    return TokenTable(
      sampleIDs: sampleIDs, labels: labels, tokens: tokens,
      gridHeight: configuration.gridSize, gridWidth: configuration.gridSize,
      codebookSize: configuration.codes,
      codebook: file.contentID, classNames: images.classNames, split: images.split.rawValue,
      views: augmentation.count)
  }
}
