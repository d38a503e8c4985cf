/// Turns sentences that a person asks for into what a model reads.
public struct PromptEncoder {
  /// A sentence as a model reads it.
  public struct Prompt: Sendable, Equatable {
    /// T ids, 0 behind the last token.
    public let ids: [UInt16]
    /// What a person should be told, each one sentence.
    public let remarks: [String]

    package init(ids: [UInt16], remarks: [String]) {
      self.ids = ids
      self.remarks = remarks
    }
  }

  /// T.
  public let length: Int
  /// The content id of the tokenizer, which must be that of the model's texts.
  public let tokenizerContentID: String
  private var encoder: TextEncoder

  /// - Parameters:
  ///   - path: the shard of the text tokenizer.
  ///   - length: T, of the model.
  /// - Throws: as `TextTokenizerFile`.
  public init(reading path: String, length: Int) throws {
    let file = try TextTokenizerFile(reading: path)
    self.init(file, length: length)
  }

  /// - Parameter length: T, of the model.
  public init(_ file: TextTokenizerFile, length: Int) {
    precondition(length > 0, "a prompt has at least one token")
    self.length = length
    tokenizerContentID = file.contentID
    encoder = TextEncoder(file.tokenizer)
  }

  /// A sentence of any length, in any alphabet, with a remark where not all of it is read as it was written.
  /// - Throws: `TextError.emptyPrompt` where there is nothing but white space.
  public mutating func encode(_ prompt: String) throws -> Prompt {
    guard prompt.unicodeScalars.contains(where: { !$0.properties.isWhitespace }) else {
      throw TextError.emptyPrompt
    }
    let encoded = encoder.encode(prompt, length: length)
    var remarks: [String] = []
    if encoded.isTruncated {
      let read = encoder.tokenizer.decode(encoded.ids)
      let end = read.suffix(40).split(whereSeparator: \.isWhitespace).joined(separator: " ")
      remarks.append(
        "The prompt is longer than the \(length) tokens that the model reads: what follows '…\(end)' is left out."
      )
    }
    if prompt.isRepaired {
      remarks.append("The prompt has bytes that are no UTF-8; U+FFFD (\u{fffd}) is read in their place.")
    }
    if encoded.count == 0 { throw TextError.emptyPrompt }
    return Prompt(ids: encoded.ids, remarks: remarks)
  }
}

extension String {
  /// Whether U+FFFD is in the text, which stands where bytes were no UTF-8.
  public var isRepaired: Bool { unicodeScalars.contains("\u{fffd}") }
}
