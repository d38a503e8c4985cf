import Files
import Foundation

/// The answers of one person to the page `odd/study.html`.
enum PreferenceStudyFile {
  /// Writes `odd/answers.json`, which says left to everything.
  static func answer() throws {
    let page = String(decoding: try ReadableFile.bytes(of: "odd/study.html"), as: UTF8.self)
    guard let start = page.range(of: #"id="study">"#),
      let end = page.range(of: "</script>", range: start.upperBound..<page.endIndex)
    else { throw SandboxError("odd/study.html holds no study.") }
    let study = try JSONValue(parsing: Array(page[start.upperBound..<end.lowerBound].utf8))
    let answers: [JSONValue] = (study["pairs"]?.array ?? []).map { pair in
      ["pair": pair["name"] ?? .null, "left": "a", "choice": "left"]
    }
    let file: JSONValue = [
      "kind": "preference answers", "schema": 1, "page": study["id"] ?? .null, "participant": "p",
      "answers": .array(answers),
    ]
    try Data(file.text.utf8).write(to: URL(filePath: "odd/answers.json"))
  }
}
