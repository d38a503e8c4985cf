import ArgumentParser
import Files
import Foundation
import Inspection
import Shards
import Text

/// `shard import tokenizer`.
struct ImportTokenizer: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tokenizer",
    abstract: "Make a text tokenizer's shard of a tokenizer.json or CLIP's merges.",
    discussion: """
      Reads byte-level BPE as Hugging Face's tokenizers write it, and CLIP's bpe_simple_vocab_16e6.txt; the \
      content tells which. Padding becomes id 0: where the file has none, every id is the file's plus one. \
      pipeline/method/text.md says what is read and what is refused.

      EXAMPLE:
        shard import tokenizer tokenizer.json --out work/captions/text/tokenizer.shard
      """)

  @Argument(help: "A tokenizer.json, or a merges file of CLIP.") var path: String
  @Option(help: "The shard to write.") var out: String

  func run() throws {
    try runWorkbench {
      try check(out, .shard(.textTokenizer), inputs: [path], stage: ImportWeights.stage)
      let tokenizer = try TextTokenizer(readingFile: path)
      let name = URL(filePath: path).lastPathComponent
      let input = Provenance.Input(role: "file", name: name, contentID: try fileDigest(path))
      let provenance = Provenance(
        stage: ImportWeights.stage, algorithm: 1, configID: "", seed: 0, inputs: [input])
      let contentID = try tokenizer.table(origin: "imported from \(name)").write(
        to: out, provenance: provenance)
      print("\(out)  \(grouped(tokenizer.vocabularySize)) tokens  \(short(contentID))")
    }
  }
}

/// `shard export tokenizer`.
struct ExportTokenizer: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tokenizer",
    abstract: "Write a text tokenizer as a tokenizer.json.",
    discussion: """
      Hugging Face's tokenizers reads the file and gives the same ids, but for names of special tokens inside \
      of a text, which are plain text here.

      EXAMPLE:
        shard export tokenizer work/captions/text/tokenizer.shard --out tokenizer.json
      """)

  @Argument(help: "The shard of a text tokenizer.") var path: String
  @Option(help: "The file to write.") var out: String

  func run() throws {
    try runWorkbench {
      try check(out, .tokenizer, inputs: [path])
      let tokenizer = try TextTokenizerFile(reading: path).tokenizer
      try writeAtomically(Array(tokenizer.json.utf8), to: out)
      print("\(out)  \(grouped(tokenizer.vocabularySize)) tokens  \(grouped(fileSize(out))) bytes")
      if tokenizer.rules.htmlUnescapes > 0 {
        print("  HTML's character references, such as &amp;, are not resolved by the file alone")
      }
    }
  }
}
