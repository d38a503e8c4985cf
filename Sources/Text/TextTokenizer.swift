/// A byte-level tokenizer of texts by byte pair encoding: nothing that can be written is unknown to it.
///
/// Id 0 is padding, which no text contains: the names of special tokens are read as any other text.
public struct TextTokenizer: Sendable, Equatable {
  /// Two tokens that become one.
  public struct Merge: Sendable, Equatable {
    public let left: UInt16
    public let right: UInt16
    public let product: UInt16

    package init(left: UInt16, right: UInt16, product: UInt16) {
      self.left = left
      self.right = right
      self.product = product
    }
  }

  /// The id that stands behind the last token of a text.
  public static let padding: UInt16 = 0
  /// The most tokens that a vocabulary may have: ids have 16 bits.
  public static let largestVocabulary = 65_536
  /// What padding is called in files.
  static let paddingName = "<pad>"

  /// The tokens by id, as files write them: in `ByteAlphabet`, the special ones by their names.
  public let tokens: [String]
  /// Ids of tokens that stand for no bytes, padding among them, ascending.
  public let special: [Int]
  /// By rank.
  public let merges: [Merge]
  public let rules: TextRules
  let table: MergeTable
  /// The ids of single bytes inside of a piece, and at the end of one.
  let byteIDs: [UInt16]
  let lastByteIDs: [UInt16]

  /// V, padding and special tokens included.
  public var vocabularySize: Int { tokens.count }

  public static func == (left: TextTokenizer, right: TextTokenizer) -> Bool {
    left.tokens == right.tokens && left.special == right.special && left.merges == right.merges
      && left.rules == right.rules
  }

  /// - Parameters:
  ///   - tokens: by id, that of padding first.
  ///   - special: ids of tokens that stand for no bytes.
  ///   - merges: pairs of tokens by rank.
  init(
    tokens: [String], special: [Int], merges: [(left: String, right: String)], rules: TextRules
  ) throws(TextTokenizerProblem) {
    func problem(_ what: String) -> TextTokenizerProblem { TextTokenizerProblem(what: what) }
    guard tokens.count <= Self.largestVocabulary else {
      throw problem(
        "it has \(tokens.count) tokens with padding, expected at most \(Self.largestVocabulary)")
    }
    var ids: [String: UInt16] = [:]
    for (id, token) in tokens.enumerated() where ids.updateValue(UInt16(id), forKey: token) != nil {
      throw problem("it has the token '\(token)' twice")
    }
    precondition(special.contains(0), "id 0 is padding")
    let isSpecial = Set(special)
    for (id, token) in tokens.enumerated() where !isSpecial.contains(id) {
      guard !token.isEmpty, ByteAlphabet.bytes(of: Self.stem(token, rules)) != nil else {
        throw problem("its token '\(token)' has characters that stand for no bytes")
      }
    }
    func byteIDs(ending: String) throws(TextTokenizerProblem) -> [UInt16] {
      var found: [UInt16] = []
      for symbol in ByteAlphabet.symbols {
        let token = String(symbol) + ending
        guard let id = ids[token], !isSpecial.contains(Int(id)) else {
          throw problem("its vocabulary lacks '\(token)', one of the 256 bytes")
        }
        found.append(id)
      }
      return found
    }
    self.byteIDs = try byteIDs(ending: "")
    lastByteIDs = try byteIDs(ending: rules.wordEnd)
    var known: [Merge] = []
    var seen: Set<UInt32> = []
    known.reserveCapacity(merges.count)
    for (rank, merge) in merges.enumerated() {
      func id(_ token: String) throws(TextTokenizerProblem) -> UInt16 {
        guard let id = ids[token], !isSpecial.contains(Int(id)) else {
          throw problem(
            "its merge \(rank), '\(merge.left) \(merge.right)', needs '\(token)', which the vocabulary lacks")
        }
        return id
      }
      let pair = try Merge(
        left: id(merge.left), right: id(merge.right), product: id(merge.left + merge.right))
      guard seen.insert(MergeTable.pair(pair.left, pair.right)).inserted else {
        throw problem("its merge \(rank), '\(merge.left) \(merge.right)', occurs twice")
      }
      known.append(pair)
    }
    self.tokens = tokens
    self.special = isSpecial.sorted()
    self.merges = known
    self.rules = rules
    table = MergeTable(known)
  }

  /// A token without what marks the end of a word.
  private static func stem(_ token: String, _ rules: TextRules) -> Substring {
    let isLast = !rules.wordEnd.isEmpty && token.hasSuffix(rules.wordEnd)
    return isLast ? token.dropLast(rules.wordEnd.count) : token[...]
  }

  /// The text that tokens stand for. Special ones stand for nothing, bytes that are no UTF-8 for U+FFFD, and the end
  /// of a word for a space.
  public func decode(_ ids: some Sequence<UInt16>) -> String {
    String(decoding: ids.flatMap(bytes), as: UTF8.self)
  }

  private func bytes(of id: UInt16) -> [UInt8] {
    guard Int(id) < tokens.count, !special.contains(Int(id)) else { return [] }
    let stem = Self.stem(tokens[Int(id)], rules)
    let bytes = ByteAlphabet.bytes(of: stem) ?? []
    return stem.endIndex == tokens[Int(id)].endIndex ? bytes : bytes + [UInt8(ascii: " ")]
  }
}
