import Foundation
import Models

/// How well a tokenizer represents images, and how it spends its codes.
public struct TokenizerEvaluation: Codable, Equatable, Sendable {
  /// Images measured.
  public var images: Int
  /// Peak signal-to-noise ratio in dB of the decoded bytes: 10 log₁₀(255² / mean squared error over all
  /// images).
  public var psnr: Double
  /// Share of the codes that occur.
  public var usage: Double
  /// Entropy of the frequencies of single codes, in bits.
  public var entropyBits: Double
  /// Share of the most frequent code.
  public var topShare: Double

  public enum CodingKeys: String, CodingKey {
    case images, psnr, usage
    case entropyBits = "entropy_bits"
    case topShare = "top_share"
  }

  /// Encodes and decodes images given as bytes, HWC, one after the other.
  public init(_ tokenizer: ImageTokenizer, images bytes: [UInt8]) {
    let size = tokenizer.configuration.imageValues
    let count = bytes.count / size
    images = count
    var uses = [Int](repeating: 0, count: tokenizer.configuration.codes)
    var squares = 0
    // Blocks bound the memory; their size does not change the numbers.
    for first in stride(from: 0, to: count, by: 512) {
      let part = bytes[first * size..<min(first + 512, count) * size]
      let number = part.count / size
      let codes = tokenizer.encode(images: ImageTokenizer.values(part), count: number)
      for code in codes { uses[code] += 1 }
      for (a, b) in zip(part, tokenizer.decode(codes: codes, count: number)) {
        let difference = Int(a) - Int(b)
        squares += difference * difference
      }
    }
    let error = Double(squares) / Double(max(bytes.count, 1))
    // A perfect result is given the value of one wrong bit in a million bytes rather than infinity.
    psnr = 10 * log10(255 * 255 / max(error, 1e-6))
    let total = Double(max(uses.reduce(0, +), 1))
    usage = Double(uses.count { $0 > 0 }) / Double(uses.count)
    entropyBits = uses.reduce(0) { sum, uses in
      uses == 0 ? sum : sum - Double(uses) / total * log2(Double(uses) / total)
    }
    topShare = Double(uses.max() ?? 0) / total
  }
}
