import Files

/// Reads a `tokenizer.json` of Hugging Face's `tokenizers`: byte-level BPE with the rules that `TextRules` knows.
/// Everything else in it that would change ids is refused. Its truncation and padding are not taken over, nor is its
/// decoder: lengths are settings of ours, and bytes say themselves what they are.
struct TokenizerJSON {
  static let clipPattern = #"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"#
  /// Names under which a file's special token is taken for padding.
  private static let paddingNames: Set = ["<pad>", "[PAD]", "<|pad|>"]

  private let path: String
  private let json: JSONValue

  /// - Throws: `TextError` for bytes that are no JSON.
  init(parsing bytes: [UInt8], path: String) throws {
    self.path = path
    do { json = try JSONValue(parsing: bytes) } catch {
      throw TextError.malformed(path: path, what: "it is not JSON, \(error)")
    }
  }

  /// Whether the file's own id 0 is padding.
  var beginsWithPadding: Bool {
    guard let padding = json["added_tokens"]?.array?.first(where: { $0["id"]?.int == 0 }) else {
      return false
    }
    return isPadding(padding["content"]?.string)
  }

  private func isPadding(_ token: String?) -> Bool {
    guard let token else { return false }
    return Self.paddingNames.contains(token) || json["padding"]?["pad_token"]?.string == token
  }

  private func malformed(_ what: String) -> TextError { .malformed(path: path, what: what) }

  private func unsupported(_ key: String, _ expected: String, _ found: JSONValue?) -> TextError {
    .unsupported(
      path: path, key: key, expected: expected, found: found.map { String($0.text.prefix(80)) } ?? "nothing")
  }

  /// The tokenizer, with padding as 0 whatever the file's own ids are.
  /// - Throws: `TextError`.
  func tokenizer(htmlUnescapes: Int = 0) throws -> TextTokenizer {
    guard let model = json["model"], model.object != nil else {
      throw malformed("it lacks the object 'model'")
    }
    try check(model)
    let (tokens, special) = try vocabulary(of: model)
    let merges = try merges(of: model)
    let postProcessor = json["post_processor"] ?? .null
    guard postProcessor == .null || postProcessor["type"]?.string == "ByteLevel" else {
      // What it puts around a text is no part of a caption.
      throw unsupported("post_processor", "null or ByteLevel", postProcessor["type"] ?? postProcessor)
    }
    let (division, prefixSpace) = try division(of: json["pre_tokenizer"] ?? .null)
    let rules = TextRules(
      htmlUnescapes: htmlUnescapes, steps: try steps(of: json["normalizer"] ?? .null),
      prefixSpace: prefixSpace,
      division: division, wordEnd: model["end_of_word_suffix"]?.string ?? "")
    do {
      return try TextTokenizer(tokens: tokens, special: special, merges: merges, rules: rules)
    } catch { throw malformed(error.what) }
  }

  /// Checks what a model must be.
  private func check(_ model: JSONValue) throws {
    func require(_ key: String, _ expected: String, _ holds: (JSONValue) -> Bool) throws {
      guard let value = model[key], value != .null else { return }
      guard holds(value) else { throw unsupported("model.\(key)", expected, value) }
    }
    try require("type", "BPE") { $0.string == "BPE" }
    try require("dropout", "null or 0") { $0.double == 0 }
    try require("continuing_subword_prefix", "null or empty") { $0.string == "" }
    try require("end_of_word_suffix", "null or text") { $0.string != nil }
    try require("byte_fallback", "false") { $0.bool == false }
    try require("ignore_merges", "false") { $0.bool == false }
  }

  /// The tokens by our ids, and ours of those that stand for no bytes. Padding becomes 0: where the file has none, its
  /// ids are shifted by one.
  private func vocabulary(of model: JSONValue) throws -> (tokens: [String], special: [Int]) {
    guard let members = model["vocab"]?.object else { throw malformed("it lacks the object 'model.vocab'") }
    var idOfToken: [String: Int] = [:]
    for (token, value) in members {
      guard let id = value.int else {
        throw malformed("its token '\(token)' has the id \(value.text.prefix(80))")
      }
      idOfToken[token] = id
    }
    var special: Set<String> = []
    for entry in json["added_tokens"]?.array ?? [] {
      guard let token = entry["content"]?.string, let id = entry["id"]?.int else {
        throw malformed("an entry of its 'added_tokens' lacks 'content' or 'id'")
      }
      guard entry["special"]?.bool == true else {
        throw unsupported("added_tokens", "special ones", .string(token))
      }
      guard idOfToken.updateValue(id, forKey: token) ?? id == id else {
        throw malformed("its token '\(token)' has two ids")
      }
      special.insert(token)
    }
    var tokens = [String?](repeating: nil, count: idOfToken.count)
    for (token, id) in idOfToken.sorted(by: { ($0.value, $0.key) < ($1.value, $1.key) }) {
      guard tokens.indices.contains(id) else {
        throw malformed(
          "its token '\(token)' has the id \(id), expected one below the number of tokens \(tokens.count)")
      }
      if let other = tokens[id] {
        throw malformed("its tokens '\(other)' and '\(token)' both have the id \(id)")
      }
      tokens[id] = token
    }
    // As many ids as tokens, none twice: none is missing.
    var ours = tokens.compactMap { $0 }
    let padding = ours.firstIndex { special.contains($0) && isPadding($0) }
    let name = padding.map { ours.remove(at: $0) } ?? TextTokenizer.paddingName
    ours.insert(name, at: 0)
    special.insert(name)
    return (ours, ours.indices.filter { special.contains(ours[$0]) })
  }

  /// Pairs, as files have them since 2024, or two tokens with a space between them.
  private func merges(of model: JSONValue) throws -> [(left: String, right: String)] {
    guard let list = model["merges"]?.array else { throw malformed("it lacks the list 'model.merges'") }
    return try list.enumerated().map { rank, entry in
      let parts =
        entry.strings
        ?? entry.string?.split(separator: " ", omittingEmptySubsequences: false).map(String.init)
      guard let parts, parts.count == 2 else {
        throw malformed("its merge \(rank) is \(entry.text.prefix(80)), expected two tokens")
      }
      return (parts[0], parts[1])
    }
  }

  private func steps(of normalizer: JSONValue) throws -> [TextRules.Step] {
    switch normalizer["type"]?.string {
    case nil where normalizer == .null: return []
    case "Sequence": return try (normalizer["normalizers"]?.array ?? []).flatMap { try steps(of: $0) }
    case "NFC": return [.composition]
    case "Lowercase": return [.lowercase]
    case "Replace" where normalizer["pattern"]?["Regex"] == #"\s+"# && normalizer["content"] == " ":
      return [.whiteSpace]
    default:
      throw unsupported(
        "normalizer", "null or of NFC, Lowercase and Replace of white space", normalizer["type"] ?? normalizer
      )
    }
  }

  private func division(of preTokenizer: JSONValue) throws -> (TextDivision, prefixSpace: Bool) {
    func refused() -> TextError {
      unsupported(
        "pre_tokenizer", "ByteLevel, or CLIP's pattern before it", preTokenizer["type"] ?? preTokenizer)
    }
    func byteLevel(_ value: JSONValue) throws -> (usesPattern: Bool, prefixSpace: Bool) {
      guard value["type"]?.string == "ByteLevel", let prefixSpace = value["add_prefix_space"]?.bool else {
        throw refused()
      }
      return (value["use_regex"]?.bool ?? true, prefixSpace)
    }
    guard preTokenizer["type"]?.string == "Sequence" else {
      let (usesPattern, prefixSpace) = try byteLevel(preTokenizer)
      return (usesPattern ? .words : .none, prefixSpace)
    }
    guard let parts = preTokenizer["pretokenizers"]?.array, parts.count == 2,
      parts[0]["type"]?.string == "Split", parts[0]["behavior"]?.string == "Removed",
      parts[0]["invert"] == true,
      parts[0]["pattern"]?["Regex"]?.string == Self.clipPattern, try !byteLevel(parts[1]).prefixSpace
    else { throw refused() }
    return (.clip, false)
  }
}
