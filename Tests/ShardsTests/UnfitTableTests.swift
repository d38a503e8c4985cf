import Files
import Foundation
import Shards
import TestSupport
import Testing

/// What a reader refuses is not written: publishing and verifying go by one set of rules.
@Suite struct UnfitTableTests {
  /// Tables that break a rule of their kind, and the words that say which.
  private static let unfit: [(name: String, table: any ShardTable, words: String)] = {
    var confidence = Examples.orders
    confidence.confidences[7] = .nan
    var order = Examples.orders
    order.orders[0] = 1
    var sample = Examples.samples
    sample.confidences[3] = .infinity
    var feature = Examples.features
    feature.features[2] = -.infinity
    var label = Examples.tokens
    label.labels[2] = 2
    var split = Examples.tokens
    split.split = "validation"
    let weights = WeightsTable(
      tensors: [
        NamedTensor("fine", shape: [2], values: [1, -3e38]),
        NamedTensor("layers.0.w", shape: [2, 2], values: [1, 2, .nan, 4]),
      ], model: ["type": "moments"])
    var text = Examples.texts
    text.tokens[1] = 0
    var progress = Examples.progress
    progress.orders[3] = 0
    var code = Examples.progress
    code.tokens[2] = 512
    var shared = Examples.staticOrders
    shared.images = [3, 0, 1, 0]
    let fact = WeightsTable(tensors: [], model: ["rate": .number(.infinity)])
    return [
      ("confidence", confidence, "nan in record 1 at step 1"),
      ("order", order, "location 1 twice in record 0 at step 1"),
      ("sample", sample, "inf in record 1 at step 1"), ("feature", feature, "-inf in record 1"),
      ("label", label, "labels below 2, found 2 in record 2"), ("split", split, "found 'validation'"),
      ("weights", weights, "finite weights, found nan at element 2 of 'layers.0.w'"),
      ("text", text, "padding before one in record 0"),
      ("progress", progress, "location 0 twice in record 1 at step 1"),
      ("code", code, "tokens below the codebook size 512, found 512 in record 1"),
      ("shared", shared, "an order for every class, found none for class 1"),
      ("fact", fact, "finite numbers in its facts, found none at 'model.rate'"),
    ]
  }()

  @Test(arguments: unfit.map(\.name)) func `a table that breaks a rule is refused where it is written`(
    name: String
  ) throws {
    let folder = try TemporaryFolder()
    let (_, table, words) = try #require(Self.unfit.first { $0.name == name })
    try write([1, 2, 3], to: folder.file("x.shard"))
    let error = #expect(throws: ShardError.self) {
      try table.write(to: folder.file("x.shard"), provenance: Examples.provenance)
    }
    #expect(error?.exitCode == 70)
    #expect(error?.description.contains(words) == true, "\(error.map { "\($0)" } ?? "")")
    #expect(try bytes(of: folder.file("x.shard")) == [1, 2, 3], "the older file is untouched")
    #expect(folder.names == ["x.shard"])
  }

  @Test func `whatever is written verifies`() throws {
    let folder = try TemporaryFolder()
    let tables: [any ShardTable] = [
      Examples.tokens, Examples.orders, Examples.samples, Examples.features, Examples.weights, Examples.texts,
      Examples.textTokenizer, Examples.progress, Examples.staticOrders,
    ]
    for (index, table) in tables.enumerated() {
      let path = folder.file("\(index).shard")
      let id = try table.write(to: path, provenance: Examples.provenance)
      #expect(try ShardHeader.verified(path).contentID == id)
    }
  }

  @Test func `the first number that is not finite is found wherever it stands`() {
    for place in [0, 1, 63, 64, 1000] {
      for bad in [Float.nan, .infinity, -.infinity, .signalingNaN] {
        var values = [Float](repeating: -.greatestFiniteMagnitude, count: 1001)
        values[place] = bad
        #expect(values.withUnsafeBufferPointer { $0.firstNonFinite } == place)
      }
    }
    #expect([Float]().withUnsafeBufferPointer { $0.firstNonFinite } == nil)
    #expect([0, -0, .leastNonzeroMagnitude].withUnsafeBufferPointer { $0.firstNonFinite } == nil)
  }

  @Test func `a number of JSON that is not finite is found by its path`() {
    #expect((["a": [1, 2.5], "b": nil] as JSONValue).nonFinitePath == nil)
    let value: JSONValue = ["a": 1, "bits": ["mean": 1, "ends": [.number(1), .number(.nan)]]]
    #expect(value.nonFinitePath == "bits.ends.1")
  }

  @Test func `a name that contradicts the content is refused by readers and writers`() throws {
    let folder = try TemporaryFolder()
    func path(_ name: String) -> String { folder.file(name + ".shard") }
    for (name, words) in [
      ("orders-00001-of-00002", "expected part 00001-of-00002 as its name says, found part 00000-of-00002"),
      ("orders-00000-of-00003", "found part 00000-of-00002"),
      ("tokens-00000-of-00002", "expected a shard of tokens as its name says, found one of orders"),
    ] {
      let error = #expect(throws: ShardError.self) {
        try Examples.orders.write(to: path(name), shard: 0, of: 2, provenance: Examples.provenance)
      }
      #expect(error?.description.contains(words) == true, "\(error.map { "\($0)" } ?? "")")
      try Examples.orders.write(to: path("good"), shard: 0, of: 2, provenance: Examples.provenance)
      try FileManager.default.copyItem(atPath: path("good"), toPath: path(name))
      let read = #expect(throws: ShardError.self) { try ShardHeader.verified(path(name)) }
      #expect(read?.exitCode == 65)
      #expect(read?.description.contains(words) == true, "\(read.map { "\($0)" } ?? "")")
    }
    // Names that are free of kind and part may hold anything.
    for name in ["orders-00000-of-00002", "backup-00001-of-00002", "orders"] {
      try Examples.orders.write(to: path(name), shard: 0, of: 2, provenance: Examples.provenance)
      #expect(try OrderTable(reading: path(name)) == Examples.orders)
    }
  }
}
