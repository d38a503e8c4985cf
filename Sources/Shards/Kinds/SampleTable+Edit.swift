import Files

extension SampleTable {
  /// What images were completed from: optional columns of a shard of samples, which has all of them or none.
  public struct Edit: Sendable, Equatable {
    /// (records, N): 1 where the token was there before, 0 where it was drawn. The former come first in
    /// `order`.
    public var known: [UInt8]
    /// (records, height, width): 1 where the pixel was to be replaced, else 0.
    public var mask: [UInt8]
    /// (records, height, width, channels): the images before.
    public var originals: [UInt8]
    /// How it was done: `task` inpaint, outpaint or edit, whether known pixels were `pasted`, and further
    /// facts.
    public var facts: JSONValue

    public init(known: [UInt8], mask: [UInt8], originals: [UInt8], facts: JSONValue) {
      self.known = known
      self.mask = mask
      self.originals = originals
      self.facts = facts
    }

    /// Reads the columns; nil for a shard without the fact `edit`.
    /// - Throws: `ShardError` for a column or fact that is missing or of another shape.
    init?(shard: Shard, tokens: Int, image extents: [Int]) throws {
      guard shard.header.extra["edit"] != nil else { return nil }
      facts = try shard.fact("edit", "{task, pasted, …}") { value -> JSONValue? in
        let isComplete = value["task"]?.string != nil && value["pasted"]?.bool != nil
        return isComplete ? .some(value) : .none
      }
      known = try shard.u8("known", shape: [tokens])
      mask = try shard.u8("mask", shape: Array(extents[..<2]))
      originals = try shard.u8("original", shape: extents)
    }

    /// What contradicts the table, or nil.
    func problem(of table: SampleTable) -> String? {
      let pixels = table.imageHeight * table.imageWidth
      guard known.count == table.tokens.count, mask.count == table.count * pixels,
        originals.count == table.images.count
      else { return "columns of another size" }
      if let bad = (known + mask).first(where: { $0 > 1 }) { return "\(bad) where 0 or 1 belongs" }
      for record in 0..<table.count {
        let kept = known[record * table.tokensPerImage..<(record + 1) * table.tokensPerImage]
        let count = kept.count { $0 == 1 }
        for (step, location) in table.order(of: record).enumerated()
        where (kept[kept.startIndex + Int(location)] == 1) != (step < count) {
          return "known locations that are not first in the order of record \(record)"
        }
      }
      return nil
    }
  }

  /// Of one record, by location: whether the token was there before.
  public func known(of record: Int) -> [Bool] {
    edit.map { $0.known[record * tokensPerImage..<(record + 1) * tokensPerImage].map { $0 == 1 } }
      ?? [Bool](repeating: false, count: tokensPerImage)
  }

  /// Of one record, (height, width): whether the pixel was to be replaced.
  public func mask(of record: Int) -> [Bool] {
    let pixels = imageHeight * imageWidth
    return edit.map { $0.mask[record * pixels..<(record + 1) * pixels].map { $0 == 1 } }
      ?? [Bool](repeating: true, count: pixels)
  }

  /// The image of one record before it was edited, (height, width, channels); empty where none was.
  public func original(of record: Int) -> ArraySlice<UInt8> {
    edit.map { $0.originals[record * bytesPerImage..<(record + 1) * bytesPerImage] } ?? []
  }
}
