import Foundation
import TestSupport
import Text

/// The files of Tests/Fixtures/text.
enum TextFixtures {
  struct Encoding: Decodable {
    let text: String
    let ids: [UInt16]
    var tokens: [String]?
    var decoded: String?
  }

  static func path(_ name: String) -> String { FixtureFile.folder.appending(path: "text/\(name)").path }

  static func encodings(_ name: String) throws -> [Encoding] {
    try JSONDecoder().decode([Encoding].self, from: Data(contentsOf: URL(filePath: path(name))))
  }

  /// Made by Hugging Face's `tokenizers`.
  static func tokenizerA() throws -> TextTokenizer {
    try TextTokenizer(readingFile: path("tokenizer-a.json"))
  }

  static func captions() throws -> [String] {
    try String(contentsOfFile: path("tokenizer-a.captions.txt"), encoding: .utf8).split(separator: "\n").map(
      String.init)
  }

  /// `tokenizer-a` with a change in its text, read again.
  static func changed(_ old: String, _ new: String, in folder: TemporaryFolder) throws -> String {
    let text = try String(contentsOfFile: path("tokenizer-a.json"), encoding: .utf8)
    precondition(text.contains(old), "'\(old)' is not in the fixture")
    let path = folder.file("tokenizer.json")
    try write(Array(text.replacingOccurrences(of: old, with: new).utf8), to: path)
    return path
  }
}
