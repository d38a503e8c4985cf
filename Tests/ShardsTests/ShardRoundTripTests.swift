import Shards
import TestSupport
import Testing

@Suite struct ShardRoundTripTests {
  private func expectRoundTrip<T: ShardTable>(_ table: T) throws {
    let folder = try TemporaryFolder()
    let path = folder.file("a.shard")
    let id = try table.write(to: path, shard: 2, of: 5, provenance: Examples.provenance)
    let (read, header) = try T.read(path)
    #expect(read == table)
    #expect(header.contentID == id)
    #expect(table.contentID == id)
    #expect(header.shard == 2 && header.shards == 5)
    #expect(header.provenance == Examples.provenance)
    #expect(try ShardHeader.peek(path) == header)
    #expect(header.columns.allSatisfy { $0.offset % 64 == 0 })
    #expect(folder.names == ["a.shard"])

    let again = folder.file("b.shard")
    try read.write(to: again, shard: 2, of: 5, provenance: Examples.provenance)
    #expect(try bytes(of: again) == bytes(of: path), "the same table gives the same bytes")
  }

  @Test func `tokens come back as they were written`() throws { try expectRoundTrip(Examples.tokens) }
  @Test func `views come back as they were written, and one view leaves no trace`() throws {
    var table = Examples.tokens
    #expect(table.extra["views"] == nil)
    (table.views, table.sampleIDs, table.labels) = (3, [6, 7, 8], [1, 1, 1])
    try expectRoundTrip(table)
  }
  @Test func `orders come back as they were written`() throws { try expectRoundTrip(Examples.orders) }
  @Test func `lazy orders come back as they were written`() throws {
    var table = Examples.orders
    table.lazy = .init(refresh: 8, candidates: 3)
    try expectRoundTrip(table)
  }
  @Test func `samples come back as they were written`() throws { try expectRoundTrip(Examples.samples) }
  @Test func `completed images come back as they were written`() throws {
    var table = Examples.samples
    table.edit = .init(
      known: [0, 1, 1, 0], mask: [1, 0, 1, 0, 0, 0, 0, 1], originals: Array(100..<124),
      facts: ["task": "edit", "pasted": false, "class": "one"])
    try expectRoundTrip(table)
  }
  @Test func `a part of the images of a seed comes back as it was written`() throws {
    var table = Examples.samples
    table.part = ShardPart(index: 2, count: 3).flatMap { SampleTable.Part($0, ofImages: 7) }
    try expectRoundTrip(table)
    #expect(table.part?.range == 5..<7 && table.firstImage == 5)
    #expect(Examples.samples.firstImage == 0)
    #expect(ShardPart(index: 0, count: 1).flatMap { SampleTable.Part($0, ofImages: 7) } == nil)
  }

  @Test func `features come back as they were written`() throws { try expectRoundTrip(Examples.features) }
  @Test func `captions come back as they were written, cut between two characters`() throws {
    try expectRoundTrip(Examples.texts)
    #expect(Examples.texts.texts[2] == String(repeating: "日", count: 170))
  }
  @Test func `progress comes back as it was written, with words or without`() throws {
    try expectRoundTrip(Examples.progress)
    var table = Examples.progress
    table.texts = .init(texts: ["a réd", ""], width: 6, tokenizer: "t")
    try expectRoundTrip(table)
  }
  @Test func `shared orders come back as they were written, and orders say by which rule they are`() throws {
    try expectRoundTrip(Examples.staticOrders)
    var table = Examples.orders
    (table.rule, table.staticContentID) = (["score": "entropy", "price": 0.5], "s")
    try expectRoundTrip(table)
  }
  @Test func `text tokenizers come back as they were written`() throws {
    try expectRoundTrip(Examples.textTokenizer)
  }
  @Test func `weights come back as they were written`() throws { try expectRoundTrip(Examples.weights) }

  @Test func `an empty table is a shard too`() throws {
    try expectRoundTrip(
      FeatureTable(sampleIDs: [], labels: [], features: [], dimension: 8, extractor: "nothing"))
    try expectRoundTrip(WeightsTable(tensors: [], model: nil))
  }

  @Test func `megabytes of incompressible and of equal bytes come back`() throws {
    var state: UInt32 = 1
    let noise = (0..<700_000).map { _ -> Float in
      state = state &* 1_664_525 &+ 1_013_904_223
      return Float(bitPattern: state >> 2)
    }
    let flat = [Float](repeating: 0, count: 3_000_000)
    try expectRoundTrip(
      WeightsTable(
        tensors: [
          NamedTensor("noise", shape: [700, 1000], values: noise),
          NamedTensor("flat", shape: [3_000_000], values: flat),
        ], model: [:]))
  }

  @Test func `the content id depends on the numbers and not on provenance`() throws {
    let folder = try TemporaryFolder()
    let first = try Examples.orders.write(to: folder.file("a.shard"), provenance: Examples.provenance)
    var other = Examples.provenance
    other.seed = 4
    #expect(try Examples.orders.write(to: folder.file("b.shard"), provenance: other) == first)
    var changed = Examples.orders
    changed.confidences[0] = 0.5
    #expect(changed.contentID != first)
  }
}
