/// Learns a vocabulary from texts: the pair of neighbouring tokens that occurs most often becomes a token, again and
/// again (byte pair encoding). Ties go to the pair with the lower ids, the left one first, so equal texts give equal
/// vocabularies in whatever sequence they come.
public struct BytePairTraining {
  /// The least tokens of a vocabulary: padding and the 256 bytes.
  public static let smallestVocabulary = 257
  /// How often a pair must occur to become a token.
  private static let fewestOccurrences = 2

  private let rules = TextRules.trained
  private var counts: [[UInt8]: Int] = [:]

  public init() {}

  /// Counts the words of a text, of which `TextEncoder.longestText` bytes are looked at.
  public mutating func add(_ text: String) {
    let scalars = rules.scalars(of: TextEncoder.beginning(of: text).text)
    for range in TextPieces(scalars, rules.division) { counts[scalars[range].utf8Bytes, default: 0] += 1 }
  }

  /// The tokenizer of the texts so far.
  /// - Parameter vocabularySize: V; fewer tokens where no pair occurs twice any more.
  public func tokenizer(vocabularySize: Int) -> TextTokenizer {
    precondition((Self.smallestVocabulary...TextTokenizer.largestVocabulary).contains(vocabularySize))
    var tokens = [TextTokenizer.paddingName] + ByteAlphabet.bytes.map { ByteAlphabet.text(of: [$0]) }
    var idOfByte = [UInt16](repeating: 0, count: 256)
    for (index, byte) in ByteAlphabet.bytes.enumerated() { idOfByte[Int(byte)] = UInt16(index + 1) }
    var ids = Dictionary(uniqueKeysWithValues: tokens.enumerated().map { ($0.element, UInt16($0.offset)) })
    var words = CountedWords(counts.map { ($0.key.map { idOfByte[Int($0)] }, $0.value) })
    var merges: [(left: String, right: String)] = []
    var merged: Set<UInt32> = []
    while tokens.count < vocabularySize, let pair = words.mostFrequent(atLeast: Self.fewestOccurrences) {
      let (left, right) = (tokens[Int(pair.left)], tokens[Int(pair.right)])
      // Two pairs may make the same token.
      let id = ids[left + right] ?? UInt16(tokens.count)
      if Int(id) == tokens.count {
        tokens.append(left + right)
        ids[left + right] = id
      }
      // A pair comes back where another one makes one of its tokens anew.
      if merged.insert(pair.key).inserted { merges.append((left, right)) }
      words.merge(pair, into: id)
    }
    do {
      return try TextTokenizer(tokens: tokens, special: [0], merges: merges, rules: rules)
    } catch { preconditionFailure("a trained vocabulary is sound: \(error.what)") }
  }
}

/// Words as tokens, with the number of times that each pair of neighbours occurs.
private struct CountedWords {
  struct Pair: Hashable {
    let left: UInt16
    let right: UInt16
    var key: UInt32 { MergeTable.pair(left, right) }
  }

  /// A pair in the queue: often ones first, then lower ids.
  private struct Candidate: Comparable {
    let count: Int
    let pair: Pair

    static func < (left: Candidate, right: Candidate) -> Bool {
      left.count != right.count ? left.count > right.count : left.pair.key < right.pair.key
    }
  }

  private var words: [(tokens: [UInt16], count: Int)]
  private var counts: [Pair: Int] = [:]
  /// Words that had a pair at some time.
  private var places: [Pair: Set<Int>] = [:]
  private var queue = MinimumHeap<Candidate>()

  init(_ words: [(tokens: [UInt16], count: Int)]) {
    self.words = words
    for (index, word) in words.enumerated() {
      for pair in Self.pairs(word.tokens) {
        counts[pair, default: 0] += word.count
        places[pair, default: []].insert(index)
      }
    }
    for (pair, count) in counts { queue.push(Candidate(count: count, pair: pair)) }
  }

  private static func pairs(_ tokens: [UInt16]) -> some Sequence<Pair> {
    zip(tokens, tokens.dropFirst()).lazy.map { Pair(left: $0, right: $1) }
  }

  /// The pair to merge next, or nil if none occurs often enough.
  mutating func mostFrequent(atLeast fewest: Int) -> Pair? {
    while let candidate = queue.pop() {
      let count = counts[candidate.pair, default: 0]
      if count == candidate.count { return count < fewest ? nil : candidate.pair }
      // It has become rarer since it was put there.
      if count > 0 { queue.push(Candidate(count: count, pair: candidate.pair)) }
    }
    return nil
  }

  /// Replaces a pair by one token wherever it stands, from left to right.
  mutating func merge(_ pair: Pair, into id: UInt16) {
    var grown: Set<Pair> = []
    for index in places.removeValue(forKey: pair) ?? [] {
      let (old, count) = words[index]
      let new = Self.replaced(pair, in: old, by: id)
      guard new.count < old.count else { continue }
      for pair in Self.pairs(old) { counts[pair, default: 0] -= count }
      for pair in Self.pairs(new) {
        counts[pair, default: 0] += count
        if pair.left == id || pair.right == id {
          places[pair, default: []].insert(index)
          grown.insert(pair)
        }
      }
      words[index].tokens = new
    }
    counts[pair] = nil
    for pair in grown { queue.push(Candidate(count: counts[pair, default: 0], pair: pair)) }
  }

  private static func replaced(_ pair: Pair, in tokens: [UInt16], by id: UInt16) -> [UInt16] {
    var result: [UInt16] = []
    result.reserveCapacity(tokens.count)
    var position = 0
    while position < tokens.count {
      let isPair =
        position + 1 < tokens.count && tokens[position] == pair.left && tokens[position + 1] == pair.right
      result.append(isPair ? id : tokens[position])
      position += isPair ? 2 : 1
    }
    return result
  }
}
