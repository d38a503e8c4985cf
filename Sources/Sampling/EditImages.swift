import Images
import Models
import Shards

/// One image to complete, with what is known of it before any mask.
struct EditedPicture {
  let id: UInt64
  /// The class to draw, and what the model is told of it: its class, or a text.
  var label: Int
  var condition: Condition
  /// Its pixels.
  let original: Image
  /// Its codes where they come from a shard; else they are encoded once the mask is known.
  let codes: [Int]?
}

/// The images to complete, of which those at work alone are decoded.
struct EditImages {
  /// Images that lie beside each other.
  enum Part {
    case picture(EditedPicture)
    case tokens(ConditionedTokens, ImageTokenizer)
    case samples(SampleTable)

    var count: Int {
      switch self {
      case .picture: 1
      case .tokens(let tokens, _): tokens.count
      case .samples(let table): table.count
      }
    }
  }

  let count: Int
  private let parts: [Part]
  private let asked: (label: Int, condition: Condition)?

  /// - Parameters:
  ///   - count: how many of them, from the first.
  ///   - asked: what to draw; nil draws each image's own class or caption.
  init(_ parts: [Part], count: Int, asked: (label: Int, condition: Condition)? = nil) {
    self.parts = parts
    self.count = count
    self.asked = asked
  }

  /// Names of what labels say, where a model of captions draws.
  var classNames: [String] {
    if asked != nil { return ["prompt"] }
    return parts.lazy.compactMap { part in
      if case .tokens(let tokens, _) = part { tokens.table.classNames } else { nil }
    }.first ?? []
  }

  /// The sample ids of some of the images.
  func ids(_ range: Range<Int>) -> [UInt64] {
    Array(
      parts.flatMap { part in
        switch part {
        case .picture(let picture): [picture.id]
        case .tokens(let tokens, _): tokens.table.sampleIDs
        case .samples(let table): table.sampleIDs
        }
      }[range])
  }

  /// Some of the images, by their places among all.
  subscript(range: Range<Int>) -> [EditedPicture] {
    var start = 0
    var found: [EditedPicture] = []
    for part in parts {
      let inside = range.clamped(to: start..<start + part.count)
      if !inside.isEmpty { found += pictures(part, inside.lowerBound - start..<inside.upperBound - start) }
      start += part.count
    }
    guard let asked else { return found }
    return found.map { picture in
      var picture = picture
      (picture.label, picture.condition) = asked
      return picture
    }
  }

  private func pictures(_ part: Part, _ records: Range<Int>) -> [EditedPicture] {
    switch part {
    case .picture(let picture): return [picture]
    case .tokens(let tokens, let tokenizer):
      let table = tokens.table
      let sizes = tokenizer.configuration
      let codes = records.flatMap { table.tokens(of: $0) }
      let pixels = tokenizer.decode(codes: codes, of: records, among: table.count)
      return records.enumerated().map { index, record in
        EditedPicture(
          id: table.sampleIDs[record], label: Int(table.labels[record]), condition: tokens.conditions[record],
          original: Image(
            width: sizes.imageSize, height: sizes.imageSize, channels: sizes.imageChannels,
            pixels: Array(pixels[index * sizes.imageValues..<(index + 1) * sizes.imageValues])),
          codes: table.tokens(of: record))
      }
    case .samples(let table):
      return records.map { record in
        EditedPicture(
          id: table.sampleIDs[record], label: Int(table.labels[record]),
          condition: .label(Int(table.labels[record])),
          original: Image(
            width: table.imageWidth, height: table.imageHeight, channels: table.imageChannels,
            pixels: Array(table.image(of: record))),
          codes: table.tokens(of: record))
      }
    }
  }
}
