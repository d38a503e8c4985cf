import Files

/// Captions as they stand in files: UTF-8, a caption a line.
enum CaptionText {
  /// The most bytes of the captions of one picture in a file of their own.
  static let limit = 1 << 20

  /// Reads the bytes of a file of captions.
  /// - Throws: `FileError`, and `CaptionError` for more bytes than the limit.
  static func read(_ path: String) throws -> [UInt8] {
    let file = try ReadableFile(path)
    guard file.size <= limit else {
      throw CaptionError.oversized(path: path, found: file.size, limit: limit)
    }
    return try file.read(file.size)
  }

  /// The captions in the bytes of a text file: its lines without blanks around them; empty ones do not count.
  /// - Parameter path: names the bytes in errors.
  /// - Throws: `CaptionError` for bytes that are no text or hold no caption.
  static func captions(_ bytes: [UInt8], path: String, omissions: inout CaptionOmissions) throws -> [String] {
    let captions = lines(try text(bytes[...], path: path, omissions: &omissions))
    guard !captions.isEmpty else { throw CaptionError.empty(path: path) }
    return captions
  }

  /// The captions of a JSON object, as WebDataset keeps it beside a picture: `caption` or `captions`, each a text or
  /// a list of texts.
  /// - Throws: `CaptionError`, also for other JSON.
  static func captions(json bytes: [UInt8], path: String, omissions: inout CaptionOmissions) throws
    -> [String]
  {
    let text = try text(bytes[...], path: path, omissions: &omissions)
    let value: JSONValue
    do { value = try JSONValue(parsing: text) } catch let error as JSONSyntaxError {
      throw CaptionError.notCaptions(path: path, detail: "it is not JSON (\(error))")
    }
    guard let found = value["caption"] ?? value["captions"] else {
      throw CaptionError.notCaptions(path: path, detail: "expected the key 'caption' or 'captions'")
    }
    guard let captions = captions(of: found) else {
      throw CaptionError.notCaptions(
        path: path, detail: "expected a text or a list of texts that are not empty")
    }
    return captions
  }

  /// The captions that a JSON value stands for; nil for what is neither a text nor a list of texts, or is empty.
  static func captions(of value: JSONValue) -> [String]? {
    let captions = (value.string.map { [$0] } ?? value.strings)?.flatMap(lines)
    return captions?.isEmpty == true ? nil : captions
  }

  /// The lines of a text, without blanks around them and without empty ones.
  static func lines(_ text: String) -> [String] {
    text.split(whereSeparator: \.isNewline).map(trimmed).filter { !$0.isEmpty }
  }

  /// Bytes as text, without a byte order mark. What is not UTF-8 becomes U+FFFD and is counted.
  static func text(_ bytes: ArraySlice<UInt8>, path: String, omissions: inout CaptionOmissions) throws
    -> String
  {
    guard !bytes.contains(0) else { throw CaptionError.notText(path: path) }
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    let content = bytes.starts(with: mark) ? bytes.dropFirst(mark.count) : bytes
    if let text = String(validating: content, as: UTF8.self) { return text }
    omissions.repaired(path)
    return String(decoding: content, as: UTF8.self)
  }

  private static func trimmed(_ line: Substring) -> String {
    let start = line.drop(while: \.isWhitespace)
    let end = start.lastIndex { !$0.isWhitespace }
    return end.map { String(start[...$0]) } ?? ""
  }
}
