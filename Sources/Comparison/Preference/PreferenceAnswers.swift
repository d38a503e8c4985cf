import Files
import Foundation
import Shards
import StageKit

/// What one participant of a preference study answered, a file that the page saves.
public struct PreferenceAnswers: Codable, Equatable, Sendable {
  /// What was chosen, by where it stood.
  public enum Choice: String, Codable, Sendable { case left, right, tie }

  public struct Answer: Codable, Equatable, Sendable {
    /// The name of the pair.
    public let pair: String
    /// The image that stood left.
    public let left: PreferenceStudy.Side
    public let choice: Choice

    public init(pair: String, left: PreferenceStudy.Side, choice: Choice) {
      self.pair = pair
      self.left = left
      self.choice = choice
    }

    /// 1 for the image `a`, 0 for `b`, a half for a tie.
    var share: Double {
      switch choice {
      case .tie: 0.5
      case .left: left == .a ? 1 : 0
      case .right: left == .a ? 0 : 1
      }
    }
  }

  public let kind: String
  public let schema: Int
  /// The id of the study.
  public let page: String
  public let participant: String
  public let answers: [Answer]

  static let kind = "preference answers"

  public init(page: String, participant: String, answers: [Answer]) {
    kind = Self.kind
    schema = 1
    self.page = page
    self.participant = participant
    self.answers = answers
  }

  /// Reads the answers to a study.
  ///
  /// - Parameter paths: files, each of one participant.
  /// - Returns: the answers with the file as an input, in the sequence of the paths.
  /// - Throws: exit code 65 for a file of another kind, answers to another study, a pair that is missing, unknown or
  ///   there twice, and a second file of a participant.
  public static func read(
    _ paths: [String], to study: PreferenceStudy
  ) throws -> [(answers: PreferenceAnswers, input: Provenance.Input)] {
    let id = try study.id()
    var files: [String: String] = [:]
    return try paths.map { path in
      let bytes = try ReadableFile.bytes(of: path)
      let found = try parsed(bytes, path)
      if let problem = found.problem(study, id: id) {
        throw StageError(.badData, "\(path) \(problem)")
      }
      if let other = files.updateValue(path, forKey: found.participant) {
        throw StageError(
          .badData,
          "\(path) is of the participant \(found.participant), expected one without a file, found answers in "
            + "\(other) too. Give one file for each participant.")
      }
      let input = Provenance.Input(
        role: "answers", name: URL(filePath: path).lastPathComponent, contentID: SHA256.hex(bytes))
      return (found, input)
    }
  }

  private static func parsed(_ bytes: [UInt8], _ path: String) throws -> PreferenceAnswers {
    let what: String
    do {
      let found: PreferenceAnswers = try JSONValue(parsing: bytes).record()
      if found.kind == kind, found.schema == 1 { return found }
      what = "the kind '\(found.kind)' of schema \(found.schema)"
    } catch { what = "\(error)" }
    throw StageError(
      .badData,
      "\(path) is no file of answers: expected '\(kind)' as the page saves them, found \(what). Give the file as the "
        + "participant saved it.")
  }

  /// What is wrong with the answers, the rest of a sentence; nil if nothing is.
  private func problem(_ study: PreferenceStudy, id: String) -> String? {
    guard page == id else {
      return
        "answers another page: expected the study \(id), found \(page). Give the page that it was made with."
    }
    let names = Set(study.pairs.map(\.name))
    if let unknown = answers.first(where: { !names.contains($0.pair) }) {
      return "answers a pair '\(unknown.pair)' that the page does not have. Give the file as it was saved."
    }
    let counts = Dictionary(answers.map { ($0.pair, 1) }, uniquingKeysWith: +)
    if let twice = answers.first(where: { counts[$0.pair] != 1 }) {
      return "answers the pair '\(twice.pair)' twice. Give the file as it was saved."
    }
    if let missing = study.pairs.first(where: { counts[$0.name] == nil }) {
      return
        "has \(answers.count) answers, expected \(study.pairs.count): '\(missing.name)' is missing. Let the "
        + "participant go on with the page, or leave the file out."
    }
    if !study.ties, let tie = answers.first(where: { $0.choice == .tie }) {
      return "answers '\(tie.pair)' with a tie, which its page does not offer. Give the file as it was saved."
    }
    return nil
  }
}
