/// The printable characters that stand for the 256 bytes in the files of byte-level tokenizers (GPT-2's table).
///
/// Printable bytes of Latin-1 stand for themselves; the others take U+0100, U+0101, … in the sequence of their values,
/// so a space is Ġ (U+0120) and a line feed Ċ (U+010A).
enum ByteAlphabet {
  /// The character of each byte.
  static let symbols: [Unicode.Scalar] = {
    var next: UInt32 = 256
    return (0..<256).map { byte in
      if isPrintable(byte) { return Unicode.Scalar(UInt8(byte)) }
      defer { next += 1 }
      return Unicode.Scalar(next) ?? " "
    }
  }()

  /// All bytes in the sequence of their characters, in which tokenizers number them.
  static let bytes: [UInt8] = (0..<256).map { UInt8($0) }.sorted { symbols[Int($0)] < symbols[Int($1)] }

  private static let byteOfSymbol: [Unicode.Scalar: UInt8] = Dictionary(
    uniqueKeysWithValues: symbols.enumerated().map { ($0.element, UInt8($0.offset)) })

  private static func isPrintable(_ byte: Int) -> Bool {
    (0x21...0x7e).contains(byte) || (0xa1...0xff).contains(byte) && byte != 0xad
  }

  /// Bytes as they are written in files.
  static func text(of bytes: some Sequence<UInt8>) -> String {
    var text = String.UnicodeScalarView()
    for byte in bytes { text.append(symbols[Int(byte)]) }
    return String(text)
  }

  /// The bytes that a text of a file stands for; nil if it has other characters.
  static func bytes(of text: some StringProtocol) -> [UInt8]? {
    var bytes: [UInt8] = []
    for scalar in text.unicodeScalars {
      guard let byte = byteOfSymbol[scalar] else { return nil }
      bytes.append(byte)
    }
    return bytes
  }
}
