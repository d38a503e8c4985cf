import Models
import Randomness

/// The captions of images as tokens of a text: one or more an image, or none.
public struct CaptionSet: Sendable {
  /// Tokens of a caption, padded, T.
  public let length: Int
  public let vocabularySize: Int
  /// (captions, T), image by image.
  private var tokens: [UInt16] = []
  /// Where the captions of each image begin, and where the last one's end.
  private var firsts = [0]

  public var count: Int { firsts.count - 1 }

  public init(length: Int, vocabularySize: Int) {
    self.length = length
    self.vocabularySize = vocabularySize
  }

  /// Adds images.
  /// - Parameters:
  ///   - counts: captions of each.
  ///   - tokens: (captions, T).
  public mutating func append(counts: [UInt16], tokens: [UInt16]) {
    self.tokens += tokens
    for count in counts { firsts.append(firsts[firsts.count - 1] + Int(count)) }
    precondition(firsts[firsts.count - 1] * length == self.tokens.count, "captions of another length")
  }

  /// The captions of some of the images.
  func images(_ images: [Int]) -> CaptionSet {
    var result = CaptionSet(length: length, vocabularySize: vocabularySize)
    for image in images {
      let own = firsts[image]..<firsts[image + 1]
      result.append(
        counts: [UInt16(own.count)],
        tokens: Array(tokens[own.lowerBound * length..<own.upperBound * length]))
    }
    return result
  }

  /// The caption that an image's order is extracted for: the samples of an image take turns among its captions. An image
  /// without captions has no condition.
  public func condition(of image: Int, sample: UInt64) -> Condition {
    let count = firsts[image + 1] - firsts[image]
    return count == 0 ? .unconditional : condition(firsts[image] + Self.choice(among: count, sample: sample))
  }

  /// The place of that caption among an image's.
  public static func choice(among count: Int, sample: UInt64) -> Int { Int(sample % UInt64(max(count, 1))) }

  /// Any of an image's captions.
  func condition(of image: Int, drawnBy stream: inout RandomStream) -> Condition {
    let count = firsts[image + 1] - firsts[image]
    return count == 0 ? .unconditional : condition(firsts[image] + (count == 1 ? 0 : stream.below(count)))
  }

  private func condition(_ caption: Int) -> Condition {
    .text(Array(tokens[caption * length..<(caption + 1) * length]))
  }
}
