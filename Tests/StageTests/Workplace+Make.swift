import Files
import Foundation
import Testing

extension Workplace {
  /// The bytes' hashes of all files by their path, those of the pipeline's own folders left out.
  func snapshot() throws -> [String: String] {
    var found: [String: String] = [:]
    for case let name as String in FileManager.default.enumerator(atPath: path) ?? .init() {
      var isFolder: ObjCBool = false
      guard !name.hasPrefix("data/"),
        FileManager.default.fileExists(atPath: file(name), isDirectory: &isFolder)
      else { continue }
      found[name] = isFolder.boolValue ? "folder" : SHA256.hex(try bytes(name))
    }
    return found
  }

  /// Puts empty files into a folder.
  func fill(_ folder: String, _ names: some Sequence<String>) throws {
    try FileManager.default.createDirectory(atPath: file(folder), withIntermediateDirectories: true)
    for name in names { try Data().write(to: URL(filePath: file("\(folder)/\(name)"))) }
  }

  /// A folder `fake` of programs that note their calls in the file `calls`. Asked to check settings in which `refused` stands
  /// they say a sentence and end with 78.
  func fakePrograms(refusing refused: String = "nothing") throws {
    try FileManager.default.createDirectory(atPath: file("fake"), withIntermediateDirectories: true)
    for name in [
      "tokenize", "train-anyorder", "extract-orders", "distill", "sample", "score", "shard",
    ] {
      let text = """
        #!/usr/bin/env bash
        echo "${0##*/} $*" >>calls
        [[ "$*" == *--check-settings* ]] || exit 0
        if grep -q '\(refused)' "${@: -1}"; then
          echo "${0##*/}: ${@: -1}: wrong settings." >&2
          exit 78
        fi

        """
      let path = file("fake/" + name)
      try Data(text.utf8).write(to: URL(filePath: path))
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
    }
  }

  /// The calls of fake programs since the last time.
  func calls() -> [String] {
    let text = (try? String(contentsOfFile: file("calls"), encoding: .utf8)) ?? ""
    try? remove("calls")
    return text.split(separator: "\n").map(String.init)
  }

  /// The commands that make would run with fake programs, without their folder.
  func plan(_ arguments: [String], sourceLocation: SourceLocation = #_sourceLocation) throws -> [String] {
    let result = try Command.run(["make", "BIN=fake", "-n"] + arguments, in: path)
    #expect(result.code == 0, "\(result.text)", sourceLocation: sourceLocation)
    return result.output.split(separator: "\n").map { String($0.replacing("fake/", with: "")) }
  }

  /// The models that a plan trains, in its sequence.
  static func trained(_ plan: [String]) -> [String] {
    plan.compactMap { line in
      guard line.hasPrefix("train-anyorder ") || line.hasPrefix("distill ") else { return nil }
      return line.firstMatch(of: #/--out work/[^/]*/([^/]*)/model\.shard/#).map { String($0.1) }
    }
  }

  /// Runs make with fake programs.
  func fakeMake(_ arguments: String...) throws -> Command.Result {
    try Command.run(["make", "BIN=fake"] + arguments, in: path)
  }
}
