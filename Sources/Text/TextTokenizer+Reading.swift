import Files

extension TextTokenizer {
  /// The most bytes of a tokenizer's file.
  private static let largestFile = 256 << 20

  /// Reads a `tokenizer.json`, or CLIP's merges file; its content tells which.
  /// - Throws: `TextError`, `FileError`.
  public init(readingFile path: String) throws {
    self = try Self.parsed(ReadableFile.bytes(of: path, atMost: Self.largestFile), path: path)
  }

  private static func parsed(_ bytes: [UInt8], path: String) throws -> TextTokenizer {
    let blanks: Set<UInt8> = [0x20, 0x09, 0x0a, 0x0d]
    switch bytes.first(where: { !blanks.contains($0) }) {
    case UInt8(ascii: "{"): return try TokenizerJSON(parsing: bytes, path: path).tokenizer()
    case nil: throw TextError.malformed(path: path, what: "it is empty")
    case 0x1f where bytes.starts(with: [0x1f, 0x8b]):
      throw TextError.malformed(path: path, what: "it is compressed, and must be unpacked with gunzip first")
    default: return try CLIPMerges.tokenizer(parsing: bytes, path: path)
    }
  }
}
