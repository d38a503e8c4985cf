import Files
import Foundation
import Shards

/// Says what is wrong with the way in which a command ended.
struct Judge {
  /// Something that must not happen.
  struct Finding {
    /// What sort of thing: trap, hang, memory, overwritten, exit code, nan, message, temporary.
    let kind: String
    let what: String
    /// Equal for findings that are probably the same fault.
    let signature: String

    init(_ kind: String, _ what: String, _ command: Invocation, _ detail: String) {
      self.kind = kind
      self.what = what
      signature = "\(kind) \(command.name): \(Self.shape(detail))"
    }

    /// A sentence without its names and numbers.
    private static func shape(_ text: String) -> String {
      let plain = text.replacing(/'[^']*'/, with: "'…'").replacing(/[^ ]*\/[^ ]*/, with: "PATH")
        .replacing(/[0-9]+/, with: "#")
      return String(plain.prefix(120))
    }
  }

  /// Bytes of memory from which a command on a tiny run is one that believes a number.
  let memory: Int

  /// What the user should not read: Swift's and Foundation's own names, empty or doubled words.
  private static var unfit: Regex<Substring> {
    /NSCocoaErrorDomain|NSPOSIXErrorDomain|DecodingError|typeMismatch|keyNotFound|dataCorrupted|couldn.t be|Optional\(|CodingKeys|Swift\.|\.\. |\.\.$|[ (]nil[ ,.)]/
  }
  private static var notFinite: Regex<Substring> {
    /(?:^|[^a-z0-9\/_.-])-?(?:nan|inf|infinity)(?:[^a-z0-9\/_-]|$)/
  }

  func findings(
    _ command: Invocation, _ outcome: Outcome, _ changes: [Sandbox.Change], _ strays: [String]
  ) -> [Finding] {
    var found: [Finding] = []
    func add(_ kind: String, _ what: String, _ detail: String) {
      found.append(Finding(kind, what, command, detail))
    }
    for change in changes {
      if let loss = loss(change, command) { add("overwritten", "\(change.name) \(loss)", loss) }
    }
    if let hang = outcome.hang {
      add("hang", hang, outcome.error.split(separator: "\n").last.map(String.init) ?? "")
      return found
    }
    // Programs that keep nothing need not listen to the signal.
    if outcome.wasStopped && outcome.signal == SIGTERM { return found }
    guard let code = outcome.code else {
      let last = outcome.error.split(separator: "\n").first { $0.contains("rror") } ?? ""
      add("trap", "ended by signal \(outcome.signal). \(last)", "\(outcome.signal) \(last)")
      return found
    }
    if outcome.peakMemory > memory {
      add("memory", "took \(outcome.peakMemory >> 20) MiB", "")
    }
    let lines = outcome.error.split(separator: "\n").map(String.init)
    let allowed = [0, 64, 65, 66, 70, 74, 75, 78] + (command.name == "shard diff" ? [1] : [])
    if !allowed.contains(Int(code)) { add("exit code", "ended with \(code)", lines.last ?? "") }
    if code == 75 && !outcome.wasStopped && !outcome.error.contains("is in use by") {
      add("exit code", "ended with 75 without a signal", lines.last ?? "")
    }
    let temporaries = strays.filter { $0.contains(".tmp.") }
    if !temporaries.isEmpty { add("temporary", "left \(temporaries.joined(separator: ", "))", "") }
    if code == 0 && !command.words.contains(where: { $0.lowercased().contains(/nan|inf/) }) {
      let line = (outcome.output.split(separator: "\n") + outcome.error.split(separator: "\n")).first {
        $0.lowercased().contains(Self.notFinite)
      }
      if let line { add("nan", "succeeded with: \(line.prefix(300))", String(line)) }
      if command.hasFullOutput && !outcome.wasStopped && hasResults(command) {
        add("exit code", "ended with 0 though stdout is full", "full stdout")
      }
    }
    for line in lines where !line.hasPrefix("Usage:") && line.contains(Self.unfit) {
      add("message", line, line)
    }
    if ![0, 1, 64].contains(code), let problem = message(lines, command, code) {
      add(
        "message", "\(problem): \(lines.joined(separator: " | ").prefix(600))", problem + (lines.last ?? ""))
    }
    if code != 0 && lines.isEmpty && command.name != "shard diff" {
      add("message", "ended with \(code) without a word", "no word")
    }
    return found
  }

  /// Whether a command prints its result: one that asks for records behind the last has none.
  private func hasResults(_ command: Invocation) -> Bool {
    if command.name == "shard cat", (Int(command["--from"] ?? "0") ?? 0) > 1000 || command["--count"] == "0" {
      return false
    }
    return ["shard inspect", "shard cat", "shard agreement", "shard trial", "shard verify"].contains(
      command.name)
      && !command.items.contains { $0.option == "--quiet" || $0.option == "--version" }
  }

  /// What is wrong with what a failed command said, or nil.
  private func message(_ lines: [String], _ command: Invocation, _ code: Int32) -> String? {
    let names = [command.program + ":", "shard:", "{", "Error:", "Usage:", "  See "]
    if let stray = lines.first(where: { line in !names.contains { line.hasPrefix($0) } }) {
      return "more than one line ('\(stray.prefix(60))')"
    }
    // The words of the command, and what every path has.
    guard code != 70, code != 75, let last = lines.last else { return nil }
    // A line break in a path is shown as the two characters that stand for it.
    let values = command.values.map { $0.isEmpty ? "''" : $0.replacing("\n", with: "\\n") }
    let isNamed =
      last.contains("/") || last.contains("standard output") || last.contains("stdout")
      || last.contains(" --") || last.contains(" does not exist.")
      || values.contains { last.contains($0) }
    return isNamed ? nil : "names no file"
  }

  /// Why a change of a file loses something, or nil where the command replaced a result of its own.
  private func loss(_ change: Sandbox.Change, _ command: Invocation) -> String? {
    guard let after = change.after else { return "is gone" }
    // What lies beside an output and tells of its making goes with it.
    if change.name.hasSuffix(".run.json") || change.name.contains("/metrics.") { return nil }
    let outputs = ["--out", "--png", "--cache", "--batch", "--statistics", "--json"]
    let inputs = command.items.filter { !outputs.contains($0.option ?? "") }.flatMap(\.values)
    // A folder that is given means the files in it.
    let isInput = inputs.contains { input in
      let path = input.hasSuffix("/") ? String(input.dropLast()) : input
      return path == change.name || (!path.isEmpty && change.name.hasPrefix(path + "/") && path != "run")
    }
    if isInput { return "was an input and has other bytes now" }
    // An empty file holds nothing that could be lost.
    if change.before.isEmpty { return nil }
    let before = Self.kind(change.before)
    // A shard that cannot be read is made anew.
    if before.isEmpty && change.name.hasSuffix(".shard") { return nil }
    return before == Self.kind(after) && !before.isEmpty ? nil : "was of another kind and has other bytes now"
  }

  /// What wrote a file: the kind of a shard and its stage, or the stage that a JSON result names.
  private static func kind(_ bytes: [UInt8]) -> String {
    let path = "../transcript/kind"
    guard (try? Data(bytes).write(to: URL(filePath: path))) != nil else { return "" }
    if let header = try? ShardHeader.peek(path) { return "\(header.kind) \(header.provenance.stage)" }
    if let value = try? JSONValue(parsing: bytes) { return value["provenance"]?["stage"]?.string ?? "" }
    if bytes.starts(with: [0x89, 0x50, 0x4E, 0x47]) { return "PNG" }
    // A header in JSON behind its length.
    if bytes.count > 8, bytes[8] == UInt8(ascii: "{"), bytes[4..<8].allSatisfy({ $0 == 0 }) {
      return "safetensors"
    }
    return String(decoding: bytes.prefix(15), as: UTF8.self) == "<!DOCTYPE html>" ? "page" : ""
  }
}
