import Foundation

/// Runs commands, keeps what they need to be run again, and prints each finding once.
struct StageReport {
  private let sandbox: Sandbox
  private let folder: String
  private let judge: Judge
  private var signatures: [String: Int] = [:]
  private var codes: [String: Int] = [:]
  private var findings = 0
  private var stopped = 0

  init(sandbox: Sandbox, judge: Judge) {
    self.sandbox = sandbox
    // The process works elsewhere from now on.
    self.folder = URL(filePath: sandbox.folder).deletingLastPathComponent().path
    self.judge = judge
  }

  /// Runs a command and prints what is new about its end.
  mutating func judge(_ command: Invocation, number: Int) throws {
    let own = [CommandMutator.changedSettings, CommandMutator.changedShard, CommandMutator.changedFile]
    let written = own + CaptionedData.allCases.map(\.changed.file)
    let contents = written.map { try? Data(contentsOf: URL(filePath: $0)) }
    let outcome = sandbox.run(command.program, command.words, hasFullOutput: command.hasFullOutput)
    let (changes, strays) = try sandbox.restored()
    codes[outcome.code.map { "\($0)" } ?? "signal \(outcome.signal)", default: 0] += 1
    if outcome.wasStopped && outcome.hang == nil { stopped += 1 }
    let found = judge.findings(command, outcome, changes, strays.filter { !written.contains($0) })
    for finding in found {
      signatures[finding.signature, default: 0] += 1
      guard signatures[finding.signature] == 1 else { continue }
      findings += 1
      var line = command.text(binaries: sandbox.binaries)
      for (path, content) in zip(written, contents) {
        guard let content, command.values.contains(path) else { continue }
        let kept = "finding-\(findings)"
        let target = URL(filePath: folder).appending(path: kept)
        try FileManager.default.createDirectory(at: target, withIntermediateDirectories: true)
        let name = URL(filePath: path).lastPathComponent
        try content.write(to: target.appending(path: name))
        line = line.replacing(path, with: "../\(kept)/\(name)")
      }
      print("\(findings). \(finding.kind) (command \(number)): \(Self.short(finding.what, 700))")
      print("   (cd \(sandbox.folder) && \(Self.short(line, 1500)))")
    }
    fflush(nil)
  }

  /// Says that a command fails which must not.
  mutating func tellOfFailure(_ command: Invocation, _ outcome: Outcome) {
    findings += 1
    let end = outcome.code.map { "code \($0)" } ?? outcome.hang ?? "signal \(outcome.signal)"
    print("\(findings). a sound command ended with \(end): \(Self.short(outcome.error, 700))")
    print("   (cd \(sandbox.folder) && \(command.text(binaries: sandbox.binaries)))")
  }

  /// Prints how often each finding and exit code was seen.
  func printSummary(seed: UInt64, commands: Range<Int>) {
    for (signature, times) in signatures.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
      print("\(times)\t\(signature)")
    }
    let seen = codes.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: ", ")
    print(
      "seed \(seed), commands \(commands.lowerBound) to \(commands.upperBound): \(commands.count) run, "
        + "\(signatures.count) kinds of finding; \(stopped) stopped when asked; by exit code \(seen)")
  }

  private static func short(_ text: String, _ length: Int) -> String {
    let line = text.replacing("\n", with: " | ")
    return line.count > length ? line.prefix(length) + "…" : line
  }
}
