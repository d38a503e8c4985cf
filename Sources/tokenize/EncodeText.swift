import ArgumentParser
import EngineKit
import Files
import Images
import Shards
import StageKit
import Text

/// `tokenize text encode`: the captions of one split to one shard of texts.
struct EncodeText: ConfiguredCommand {
  static let configuration = CommandConfiguration(
    commandName: "encode",
    abstract: "Turns the captions of a split into ids.",
    discussion: """
      Writes every caption of every image as text.length ids with 0 behind the last
      one. Longer captions are truncated and counted; none ends the run.

      \(StageExit.help)
      """)

  @Option(help: "Configuration with the sections data and text.")
  var config: String

  @Option(help: "Shard of the text tokenizer.")
  var tokenizer: String

  @Option(help: "Which images: train or test.")
  var split: String

  @Option(help: "Shard of texts to write.")
  var out: String

  @OptionGroup var check: SettingsCheckOption

  @OptionGroup var options: StageOptions

  func validate() throws {
    if ImageSplit(rawValue: split) == nil {
      throw ValidationError("--split is train or test, found '\(split)'.")
    }
  }

  static func checkSettings(_ path: String) throws { _ = try TextSettings.load(path) }

  func run() throws {
    try runStage("tokenize", options) { stage in
      // validate() refused anything else.
      guard let split = ImageSplit(rawValue: split) else {
        throw StageError(.usage, "--split is none, found '\(split)'. Correct it.")
      }
      try stage.check(out, .shard(.texts), inputs: [config, tokenizer])
      let (settings, configID) = try TextSettings.load(config)
      let captions = try CaptionInput(settings.data, split: split, config: config, log: stage.log)
      let inputs = try [captions.provenance(), Provenance.Input(role: "tokenizer", shard: tokenizer)]
      let provenance = stage.provenance(
        algorithm: TextSettings.currentAlgorithm, configID: configID, seed: settings.data.seed, inputs: inputs
      )
      try stage.make(out, provenance) {
        let file = try TextTokenizerFile(reading: tokenizer)
        let table = try table(of: captions, file, length: settings.text.length)
        let contentID = try table.write(to: out, provenance: provenance)
        for sentence in Self.remarks(on: table) { stage.log.warning(sentence) }
        return MadeOutput(contentID: contentID, count: table.count, unit: "captions")
      }
    }
  }

  private func table(
    of input: CaptionInput, _ file: TextTokenizerFile, length: Int
  ) throws -> TextTable {
    try MemoryRoom.require(
      product: [input.images.count, length, MemoryLayout<UInt16>.size], subject: "\(config): 'text.length'",
      purpose: "the ids of one caption of \(grouped(input.images.count)) images",
      advice: "Lower it, or ask for fewer images.")
    var encoder = TextEncoder(file.tokenizer)
    var (sampleIDs, tokens, texts) = ([UInt64](), [UInt16](), [String]())
    var remarks = TextTable.Remarks()
    try input.forEach { sampleID, captions in
      if captions.isEmpty { remarks.uncaptioned += 1 }
      for caption in captions {
        let encoded = encoder.encode(caption, length: length)
        if encoded.isTruncated { remarks.truncated += 1 }
        if encoded.count == 0 { remarks.empty += 1 }
        if caption.isRepaired { remarks.repaired += 1 }
        sampleIDs.append(sampleID)
        tokens += encoded.ids
        texts.append(caption)
      }
    }
    return TextTable(
      sampleIDs: sampleIDs, tokens: tokens, texts: texts, length: length,
      vocabularySize: file.tokenizer.vocabularySize, split: input.images.split.rawValue,
      tokenizerContentID: file.contentID, remarks: remarks)
  }

  /// What a person should know of the captions.
  private static func remarks(on table: TextTable) -> [String] {
    let (remarks, all) = (table.remarks, grouped(table.count))
    let counted: [(Int, String)] = [
      (
        remarks.truncated,
        "of \(all) captions have more than \(table.length) tokens (text.length) and are truncated"
      ),
      (remarks.repaired, "of \(all) captions had bytes that are no UTF-8; U+FFFD stands in their place"),
      (remarks.empty, "of \(all) captions have no token"),
      (remarks.uncaptioned, "images of the split \(table.split) have no caption"),
    ]
    return counted.filter { $0.0 > 0 }.map { "\(grouped($0)) \($1)" }
  }
}
