import ArgumentParser
import EngineKit
import Models
import Shards
import StageKit
import Text
import Weights

/// Options that say in words what is drawn by a model of captions.
package struct PromptOptions: ParsableArguments {
  package init() {}

  @Option(
    name: .customLong("prompt"),
    help: "With a model of captions: a sentence to draw; may be repeated, and images take turns among them.")
  package var prompts: [String] = []
  @Option(help: "Shard of the model's text tokenizer; needed with --prompt.")
  package var textTokenizer: String?

  package func validate() throws {
    if !prompts.isEmpty, textTokenizer == nil {
      throw ValidationError("--prompt needs --text-tokenizer, the shard of the model's text tokenizer.")
    }
    if prompts.isEmpty, textTokenizer != nil { throw ValidationError("--text-tokenizer goes with --prompt.") }
  }

  var inputs: [Provenance.Input] {
    get throws { try textTokenizer.map { [try Provenance.Input(role: "text tokenizer", shard: $0)] } ?? [] }
  }

  /// What the prompts are to a model; nothing where there are none.
  /// - Throws: `ShardError.mismatch` for another text tokenizer than the model's, exit code 64 for a model of classes and
  ///   for prompts without words.
  func conditions(for file: TransformerFile, path: String, log: Log) throws -> [Condition] {
    guard let textTokenizer else { return [] }
    guard let text = file.model.configuration.text else {
      throw StageError(
        .usage,
        "--prompt needs a model of captions, but \(path) is one of classes. Leave it out, or give --class.")
    }
    var encoder = try PromptEncoder(reading: textTokenizer, length: text.length)
    guard encoder.tokenizerContentID == file.textTokenizer else {
      throw ShardError.mismatch(
        path: textTokenizer, expected: "the text tokenizer of the model, \(file.textTokenizer)",
        found: encoder.tokenizerContentID)
    }
    return try prompts.map { prompt in
      let encoded = try encoder.encode(prompt)
      for remark in encoded.remarks { log.warning(remark) }
      return .text(encoded.ids)
    }
  }
}

/// What the images of a model are drawn from, each in turn: its classes, the captions of tokenised images, or prompts.
struct SampledConditions {
  private enum Source {
    case classes(Int)
    case captions(CaptionedImages)
    case prompts([Condition], [String])
  }

  private let source: Source
  /// Names of what labels say.
  let classNames: [String]

  /// - Parameters:
  ///   - captions: folder of tokenised images whose captions are drawn, for a model of captions.
  /// - Throws: exit code 64 where the model's kind and the options differ; `ShardError` for tokens that do not belong to
  ///   the model.
  init(
    _ file: TransformerFile, path: String, captions: String?, prompts: PromptOptions, log: Log
  ) throws {
    let asked = try prompts.conditions(for: file, path: path, log: log)
    guard file.model.configuration.text != nil else {
      guard captions == nil else {
        throw StageError(
          .usage, "--captions needs a model of captions, but \(path) is one of classes. Leave it out.")
      }
      source = .classes(file.model.configuration.classes)
      classNames = file.classNames
      return
    }
    if !asked.isEmpty {
      source = .prompts(asked, prompts.prompts)
      classNames = ["prompt"]
    } else if let captions {
      let images = try CaptionedImages(captions, of: file, path: path)
      source = .captions(images)
      classNames = images.classNames
    } else {
      throw StageError(
        .usage,
        "\(path) is a model of captions: expected --captions, a folder of token shards with captions, or --prompt. "
          + "Give one of them.")
    }
  }

  func condition(of image: Int) -> Condition {
    switch source {
    case .classes(let count): .label(image % count)
    case .captions(let images): images.conditions[image % images.conditions.count]
    case .prompts(let conditions, _): conditions[image % conditions.count]
    }
  }

  func label(of image: Int) -> UInt32 {
    switch source {
    case .classes(let count): UInt32(image % count)
    case .captions(let images): images.labels[image % images.labels.count]
    case .prompts: 0
    }
  }

  /// The words of a caption or prompt; nil for a model of classes.
  func words(of image: Int) -> String? {
    switch source {
    case .classes: nil
    case .captions(let images): images.words[image % images.words.count]
    case .prompts(_, let texts): texts[image % texts.count]
    }
  }

  /// Bytes that the longest of the texts takes in a shard.
  var textWidth: Int {
    let texts =
      switch source {
      case .classes: [String]()
      case .captions(let images): images.words
      case .prompts(_, let texts): texts
      }
    return min(texts.map(\.utf8.count).max() ?? 0, TextTable.longestText)
  }

  var hasWords: Bool { if case .classes = source { false } else { true } }
}

/// The images of a folder of tokens that have captions, for their captions.
private struct CaptionedImages {
  private(set) var conditions: [Condition] = []
  private(set) var words: [String] = []
  private(set) var labels: [UInt32] = []
  private(set) var classNames: [String] = []

  init(_ folder: String, of file: TransformerFile, path: String) throws {
    for shard in try ShardName.list(folder, kind: .tokens) {
      let tokens = try ConditionedTokens(shard, of: file, path: path)
      let sentences = tokens.table.words()
      for (record, condition) in tokens.conditions.enumerated() {
        guard condition != .unconditional else { continue }
        conditions.append(condition)
        words.append(sentences[record])
        labels.append(tokens.table.labels[record])
      }
      classNames = tokens.table.classNames
    }
    guard !conditions.isEmpty else {
      throw ShardError.mismatch(path: folder, expected: "at least one image with a caption", found: "none")
    }
  }
}
