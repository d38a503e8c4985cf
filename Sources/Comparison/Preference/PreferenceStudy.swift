import Files
import Shards

/// What participants of a preference study are shown: pairs of images, and which of two arms made each.
///
/// A page holds the whole study. Its `id`, a hash of all of it, names the study in answers.
public struct PreferenceStudy: Codable, Equatable, Sendable {
  /// Which of a pair's images.
  public enum Side: String, Codable, Sendable { case a, b }

  public struct Pair: Codable, Equatable, Sendable {
    /// Distinct in a study, such as "seed-1/00012".
    public let name: String
    /// The class or sentence that both images were made for; may be empty.
    public let condition: String
    /// The images, PNG files as data URIs; of a check `a` is the real one and `b` the broken one.
    public let a: String
    public let b: String
    /// Whether the pair checks that somebody is looking.
    public let isCheck: Bool

    enum CodingKeys: String, CodingKey {
      case name, condition, a, b
      case isCheck = "check"
    }

    public init(name: String, condition: String, a: String, b: String, isCheck: Bool) {
      self.name = name
      self.condition = condition
      self.a = a
      self.b = b
      self.isCheck = isCheck
    }
  }

  /// What the arms are called, `a` and `b`.
  public let arms: [String]
  public let question: String
  /// Whether "no difference" is an answer.
  public let ties: Bool
  /// Chose the pairs, and is part of what decides the sides.
  public let seed: UInt64
  /// What the images come from.
  public let sources: [Provenance.Input]
  public let pairs: [Pair]

  /// The pairs of both arms, without checks.
  public var comparisons: [Pair] { pairs.filter { !$0.isCheck } }

  public init(
    arms: [String], question: String, ties: Bool, seed: UInt64, sources: [Provenance.Input], pairs: [Pair]
  ) {
    self.arms = arms
    self.question = question
    self.ties = ties
    self.seed = seed
    self.sources = sources
    self.pairs = pairs
  }

  /// Names the study: a hash of everything in it.
  public func id() throws -> String { SHA256.hex(Array(try JSONValue(record: self).text.utf8)) }
}
