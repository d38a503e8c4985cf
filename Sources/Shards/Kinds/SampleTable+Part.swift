import Files

extension SampleTable {
  /// Which of the images of a seed a shard holds, where the images of one seed are shared among several shards.
  public struct Part: Sendable, Equatable {
    /// The place among these shards.
    public let place: ShardPart
    /// Images of the seed in all of them.
    public let images: Int

    /// Nil for a part that is the whole.
    public init?(_ place: ShardPart, ofImages images: Int) {
      guard place.count > 1 else { return nil }
      self.place = place
      self.images = images
    }

    /// The positions of the images among all of the seed.
    public var range: Range<Int> { place.range(ofRecords: images) }

    var json: JSONValue {
      ["index": .integer(place.index), "count": .integer(place.count), "images": .integer(images)]
    }

    /// Reads the fact; nil for a shard without it.
    /// - Throws: `ShardError.malformed`.
    init?(shard: Shard) throws {
      guard shard.header.extra["part"] != nil else { return nil }
      self = try shard.fact("part", "{index, count, images} of several parts") { value in
        guard let index = value["index"]?.int, let count = value["count"]?.int,
          let images = value["images"]?.int, (0...1 << 40).contains(images),
          let place = ShardPart(index: index, count: count)
        else { return nil }
        return Part(place, ofImages: images)
      }
    }
  }

  /// Position of the first record among the images of its seed.
  public var firstImage: Int { part?.range.lowerBound ?? 0 }

  /// Adds the records of the next part of the same seed; the facts stay those of the first.
  public mutating func append(_ next: SampleTable) {
    sampleIDs += next.sampleIDs
    labels += next.labels
    tokens += next.tokens
    orders += next.orders
    confidences += next.confidences
    texts?.texts += next.texts?.texts ?? []
    images += next.images
    if let more = next.edit {
      edit?.known += more.known
      edit?.mask += more.mask
      edit?.originals += more.originals
    }
  }
}
