import Images
import Shards

/// The captions of a split, by image: from a shard of texts to the shards of tokens.
struct CaptionJoin {
  private let table: TextTable
  /// Records of each image with captions.
  private let records: [UInt64: Range<Int>]
  /// The most captions that an image may have: a shard of tokens has room for as many of each.
  private static let mostCaptions = 1000

  /// - Parameter images: the split whose captions these must be.
  /// - Throws: `ShardError.mismatch` for captions of other images.
  init(_ path: String, images: ImageCatalogue) throws {
    table = try TextTable(reading: path)
    guard table.split == images.split.rawValue else {
      throw ShardError.mismatch(
        path: path, expected: "captions of the split '\(images.split.rawValue)'",
        found: "captions of '\(table.split)'")
    }
    var records: [UInt64: Range<Int>] = [:]
    var start = 0
    while start < table.count {
      let id = table.sampleIDs[start]
      let end = table.sampleIDs[start...].firstIndex { $0 != id } ?? table.count
      records[id] = start..<end
      start = end
    }
    let there = Set(images.sampleIDs)
    if let foreign = records.keys.filter({ !there.contains($0) }).min() {
      throw ShardError.mismatch(
        path: path, expected: "captions of the images that 'data' of the settings names",
        found: "captions of image \(foreign), which is none of them")
    }
    if let (id, own) = records.max(by: { ($0.value.count, $1.key) < ($1.value.count, $0.key) }),
      own.count > Self.mostCaptions
    {
      throw ShardError.mismatch(
        path: path, expected: "at most \(Self.mostCaptions) captions an image",
        found: "\(own.count) of image \(id)")
    }
    let captioned = records.count + table.remarks.uncaptioned
    guard captioned == images.count else {
      throw ShardError.mismatch(
        path: path, expected: "captions of all \(images.count) images of the split",
        found: "captions of \(captioned)")
    }
    self.records = records
  }

  /// The captions of tokenised images: all views of an image have those of the image.
  func captions(of tokens: TokenTable) -> TokenTable.Captions {
    var captions = TokenTable.Captions(
      length: table.length, vocabularySize: table.vocabularySize, tokenizer: table.tokenizerContentID)
    for sample in tokens.sampleIDs {
      let found = records[tokens.image(of: sample)] ?? 0..<0
      captions.append(found.map { table.tokens(of: $0) }, found.map { table.texts[$0] })
    }
    return captions
  }
}
