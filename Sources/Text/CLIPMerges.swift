import Files

/// Reads the merges of OpenAI's CLIP (`bpe_simple_vocab_16e6.txt`): a header line, then a merge a line, of which the
/// first 48,894 are used.
///
/// In CLIP's vocabulary the id 0 is "!", which others have read as padding. Here 0 is padding alone, and every id is
/// CLIP's plus one.
enum CLIPMerges {
  /// What CLIP takes of its file.
  private static let used = 48_894
  /// Special tokens at the end of the vocabulary.
  private static let special = ["<|startoftext|>", "<|endoftext|>"]

  /// The tokenizer in the bytes of a file; of a shorter one with fewer merges.
  /// - Throws: `TextError`.
  static func tokenizer(parsing bytes: [UInt8], path: String) throws -> TextTokenizer {
    func malformed(_ what: String) -> TextError { .malformed(path: path, what: what) }
    guard let text = String(validating: bytes, as: UTF8.self) else { throw malformed("it is not UTF-8") }
    var merges: [(left: String, right: String)] = []
    for (number, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated() {
      // The first line names the version; an empty one ends the file.
      if number == 0 { continue }
      if merges.count == used || line.isEmpty { break }
      let parts = line.split(separator: " ", omittingEmptySubsequences: false)
      guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }) else {
        throw malformed("its line \(number + 1) is '\(line.prefix(80))', expected a merge of two symbols")
      }
      merges.append((String(parts[0]), String(parts[1])))
    }
    let wordEnd = TextRules.clip.wordEnd
    guard merges.contains(where: { $0.right.hasSuffix(wordEnd) }) else {
      throw malformed(
        "none of its \(merges.count) merges ends a word with \(wordEnd), as those of CLIP do")
    }
    let symbols = ByteAlphabet.bytes.map { ByteAlphabet.text(of: [$0]) }
    let tokens =
      [TextTokenizer.paddingName] + symbols + symbols.map { $0 + wordEnd } + merges.map { $0.left + $0.right }
      + special
    do {
      return try TextTokenizer(
        tokens: tokens, special: [0] + (tokens.count - special.count..<tokens.count), merges: merges,
        rules: .clip)
    } catch { throw malformed(error.what) }
  }
}
