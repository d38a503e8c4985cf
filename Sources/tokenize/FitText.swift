import ArgumentParser
import EngineKit
import Files
import Foundation
import Shards
import StageKit
import Text

/// `tokenize text fit`: captions to a text tokenizer.
struct FitText: ConfiguredCommand {
  static let configuration = CommandConfiguration(
    commandName: "fit",
    abstract: "Trains a text tokenizer on the captions of the training images.",
    discussion: """
      Learns a byte-level vocabulary by byte pair encoding, or takes the file that
      text.tokenizer names: a tokenizer.json, or CLIP's merges.

      \(StageExit.help)
      """)

  @Option(help: "Configuration with the sections data and text.")
  var config: String

  @Option(help: "Shard of the text tokenizer to write.")
  var out: String

  @OptionGroup var check: SettingsCheckOption

  @OptionGroup var options: StageOptions

  static func checkSettings(_ path: String) throws { _ = try TextSettings.load(path) }

  func run() throws {
    try runStage("tokenize", options) { stage in
      let (settings, configID) = try TextSettings.load(config)
      let file = settings.text.file
      try stage.check(out, .shard(.textTokenizer), inputs: [config, file])
      let captions =
        try file == nil
        ? CaptionInput(settings.data, split: .train, config: config, log: stage.log) : nil
      let inputs = try [captions?.provenance(), file.map(Self.input)].compactMap { $0 }
      let provenance = stage.provenance(
        algorithm: TextSettings.currentAlgorithm, configID: configID, seed: settings.data.seed, inputs: inputs
      )
      try stage.make(out, provenance) {
        var count = 0
        let table: TextTokenizerTable
        if let captions {
          var training = BytePairTraining()
          try captions.forEach { _, texts in
            for text in texts { training.add(text) }
            count += texts.count
          }
          let tokenizer = training.tokenizer(vocabularySize: settings.text.vocabulary)
          if tokenizer.vocabularySize < settings.text.vocabulary {
            stage.log.info(
              .note,
              "The vocabulary has \(grouped(tokenizer.vocabularySize)) of \(grouped(settings.text.vocabulary)) "
                + "tokens: no two neighbours occur twice any more")
          }
          table = tokenizer.table(origin: "trained on \(grouped(count)) captions")
        } else {
          let path = file ?? ""
          table = try TextTokenizer(readingFile: path).table(origin: "imported from \(Self.name(path))")
        }
        return MadeOutput(
          contentID: try table.write(to: out, provenance: provenance), count: count, unit: "captions")
      }
    }
  }

  private static func input(_ path: String) throws -> Provenance.Input {
    Provenance.Input(role: "tokenizer", name: name(path), contentID: try ReadableFile.hash(of: path))
  }

  private static func name(_ path: String) -> String { URL(filePath: path).lastPathComponent }
}
