import Files
import Foundation
import Models

/// The PyTorch program `pipeline/bench/peer.py` in a process of its own, asked for one repetition at a time.
final class Peer {
  /// Why there is no peer, or why it stopped answering.
  struct Problem: Error, CustomStringConvertible {
    let description: String
  }

  /// Version of PyTorch.
  private(set) var version = ""
  private let process = Process()
  private let questions = Pipe()
  private let answers = Pipe()
  private var pending: [UInt8] = []

  /// Starts the peer with a model of the same sizes.
  ///
  /// - Parameters:
  ///   - python: an interpreter that can import torch: a path, or a name to look up in PATH.
  ///   - script: `pipeline/bench/peer.py`.
  /// - Throws: `Problem` where there is no interpreter, PyTorch or script.
  init(python: String, script: String, configuration: AnyOrderConfiguration, threads: Int) throws {
    try Self.requireTorch(python)
    guard FileManager.default.fileExists(atPath: script) else {
      throw Problem(description: "\(script) does not exist")
    }
    guard configuration.gridHeight == configuration.gridWidth else {
      throw Problem(description: "the peer knows square grids only")
    }
    guard configuration.positions == .tokens || configuration.text != nil else {
      throw Problem(description: "the peer knows double positions in models of texts only")
    }
    let sizes = [
      ("width", configuration.width), ("layers", configuration.layers), ("heads", configuration.heads),
      ("hidden", configuration.hidden), ("codes", configuration.codes), ("grid", configuration.gridWidth),
      ("classes", configuration.classes), ("threads", threads),
      ("text-length", configuration.text?.length ?? 0), ("vocabulary", configuration.text?.vocabulary ?? 0),
      ("head-width", configuration.headWidth),
    ]
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments =
      [python, script, "serve"] + sizes.flatMap { ["--\($0.0)", "\($0.1)"] }
      + ["--positions", configuration.positions.rawValue]
    process.standardInput = questions
    process.standardOutput = answers
    signal(SIGPIPE, SIG_IGN)
    try process.run()
    version = try receive()["torch"]?.string ?? "unknown"
  }

  deinit {
    try? questions.fileHandleForWriting.close()
    process.waitUntilExit()
  }

  /// Seconds of one repetition; the first request of a kind warms up before it.
  func seconds(_ request: PeerRequest, precision: String) throws -> Double {
    let line = request.line(precision).text + "\n"
    do {
      try questions.fileHandleForWriting.write(contentsOf: Data(line.utf8))
    } catch {
      throw Problem(description: "the peer stopped")
    }
    let answer = try receive()
    guard let seconds = answer["seconds"]?.double else {
      throw Problem(description: answer["error"]?.string ?? "the peer answered \(answer.text)")
    }
    return seconds
  }

  private func receive() throws -> JSONValue {
    while true {
      if let end = pending.firstIndex(of: 0x0A) {
        let line = Array(pending[..<end])
        pending.removeSubrange(...end)
        return try JSONValue(parsing: line)
      }
      let more = answers.fileHandleForReading.availableData
      if more.isEmpty { throw Problem(description: "the peer ended without an answer") }
      pending += more
    }
  }

  /// - Throws: `Problem` with the last line that the interpreter said.
  private static func requireTorch(_ python: String) throws {
    let probe = Process()
    let complaints = Pipe()
    probe.executableURL = URL(filePath: "/usr/bin/env")
    probe.arguments = [python, "-c", "import torch"]
    probe.standardOutput = FileHandle.nullDevice
    probe.standardError = complaints
    try probe.run()
    let text = String(decoding: complaints.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    probe.waitUntilExit()
    guard probe.terminationStatus != 0 else { return }
    let reason = text.split(whereSeparator: \.isNewline).last.map(String.init) ?? "it failed without a word"
    throw Problem(description: "\(python) cannot import torch (\(reason))")
  }
}
