import Images
import Shards
import Weights

/// Makes pictures of the codes in shards.
public struct TokenDecoder {
  /// The tokenizer.
  public let file: TokenizerFile
  private let path: String

  /// - Parameter path: the weights shard of a tokenizer.
  public init(_ path: String) throws {
    self.path = path
    file = try TokenizerFile(reading: path)
  }

  /// Reads a token shard.
  /// - Throws: `ShardError.mismatch` when it was made by another tokenizer.
  public func table(_ tokens: String) throws -> TokenTable {
    let table = try TokenTable(reading: tokens)
    guard table.codebook == file.contentID else {
      throw ShardError.mismatch(
        path: tokens, expected: "tokens of the codebook \(file.contentID) in \(path)",
        found: "tokens of \(table.codebook)")
    }
    return table
  }

  /// The pictures of some records.
  public func images(of tokens: [UInt16], _ records: some Collection<Int>) -> [Image] {
    let configuration = file.tokenizer.configuration
    let (size, channels, locations) = (
      configuration.imageSize, configuration.imageChannels, configuration.locations
    )
    let codes = records.flatMap { tokens[$0 * locations..<($0 + 1) * locations].map(Int.init) }
    let pixels = file.tokenizer.decode(codes: codes, count: records.count)
    let count = size * size * channels
    return stride(from: 0, to: pixels.count, by: count).map { start in
      Image(width: size, height: size, channels: channels, pixels: Array(pixels[start..<start + count]))
    }
  }
}
