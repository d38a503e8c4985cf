import Foundation
import Shards
import Testing

extension StageTests {
  /// A stop in the middle of a shard loses none of its finished batches, and what is continued belongs to it.
  @Suite struct PartialShardTests {
    private static let orders = "work/smoke/orders/orders-00000-of-00002.shard"
    private static let extraction = [
      Workplace.binaries + "/extract-orders", "--config", "work/smoke/config/orders.json", "--model",
      "work/smoke/anyorder/model.shard", "--tokens", "work/smoke/tokens/train/tokens-00000-of-00002.shard",
      "--out", orders,
    ]

    /// The first batch of the smoke run's orders; its first confidence is not what extraction would find.
    private func beginning(_ whole: OrderTable) -> OrderTable {
      var table = whole
      table.sampleIDs = Array(whole.sampleIDs.prefix(32))
      table.orders = Array(whole.orders.prefix(32 * whole.tokensPerImage))
      table.confidences = Array(whole.confidences.prefix(32 * whole.tokensPerImage))
      table.confidences[0] = 0.125
      return table
    }

    @Test func `extraction continues behind the images that an interrupted run left`() throws {
      let place = try SmokeRun.copy()
      let path = place.file(Self.orders)
      let (whole, header) = try OrderTable.read(path)
      try beginning(whole).write(to: path + ".partial", shard: 0, of: 2, provenance: header.provenance)
      try FileManager.default.removeItem(atPath: path)
      let result = try Command.run(Self.extraction, in: place.path)
      #expect(result.code == 0 && result.text.contains("Continuing after 32 of 128 images"), "\(result.text)")
      var expected = whole
      expected.confidences[0] = 0.125
      #expect(try OrderTable(reading: path) == expected)
      #expect(!place.exists(Self.orders + ".partial"))
    }

    @Test func `what belongs to something else or is damaged is not continued`() throws {
      let place = try SmokeRun.copy()
      let path = place.file(Self.orders)
      let (whole, header) = try OrderTable.read(path)
      func beginsAnew(_ what: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        try FileManager.default.removeItem(atPath: path)
        let result = try Command.run(Self.extraction, in: place.path)
        #expect(
          result.code == 0 && result.text.contains("Beginning anew"), "\(what): \(result.text)",
          sourceLocation: sourceLocation)
        let (table, made) = try OrderTable.read(path)
        #expect(
          table == whole && made.contentID == header.contentID, "\(what)", sourceLocation: sourceLocation)
        #expect(!place.exists(Self.orders + ".partial"), sourceLocation: sourceLocation)
      }
      var other = header.provenance
      other.configID = String(repeating: "0", count: 64)
      try beginning(whole).write(to: path + ".partial", shard: 0, of: 2, provenance: other)
      try beginsAnew("other settings")
      other = header.provenance
      other.inputs[1].contentID = String(repeating: "0", count: 64)
      try beginning(whole).write(to: path + ".partial", shard: 0, of: 2, provenance: other)
      try beginsAnew("another model")
      var shuffled = beginning(whole)
      shuffled.sampleIDs.swapAt(0, 1)
      try shuffled.write(to: path + ".partial", shard: 0, of: 2, provenance: header.provenance)
      try beginsAnew("other images")
      try beginning(whole).write(to: path + ".partial", shard: 0, of: 2, provenance: header.provenance)
      let file = try FileHandle(forUpdating: URL(filePath: path + ".partial"))
      try file.truncate(atOffset: UInt64(try file.seekToEnd() - 9))
      try file.close()
      try beginsAnew("a damaged file")
    }

    @Test func `a file that no stage made is not overwritten`() throws {
      let place = try SmokeRun.copy()
      try FileManager.default.removeItem(atPath: place.file(Self.orders))
      let notes = Data("notes".utf8)
      try notes.write(to: URL(filePath: place.file(Self.orders + ".partial")))
      let result = try Command.run(Self.extraction, in: place.path)
      #expect(result.code == 64 && result.error.contains("Give another --out"), "\(result.text)")
      #expect(try Data(contentsOf: URL(filePath: place.file(Self.orders + ".partial"))) == notes)
    }

    @Test func `sampling continues behind the images that an interrupted run left`() throws {
      let place = try SmokeRun.copy()
      let command = [
        Workplace.binaries + "/sample", "--config", "work/smoke/config/samples-distill-greedy.json",
        "--model",
        "work/smoke/distill/model.shard", "--tokenizer", "work/smoke/tokenizer/model.shard", "--images", "40",
        "--out", "drawn.shard",
      ]
      #expect(try Command.run(command, in: place.path).code == 0)
      let path = place.file("drawn.shard")
      let (whole, header) = try SampleTable.read(path)
      var table = whole
      let count = 32
      table.sampleIDs = Array(whole.sampleIDs.prefix(count))
      table.labels = Array(whole.labels.prefix(count))
      table.tokens = Array(whole.tokens.prefix(count * whole.tokensPerImage))
      table.orders = Array(whole.orders.prefix(count * whole.tokensPerImage))
      table.confidences = Array(whole.confidences.prefix(count * whole.tokensPerImage))
      table.images = Array(whole.images.prefix(count * whole.bytesPerImage))
      table.images[0] ^= 1
      try table.write(to: path + ".partial", provenance: header.provenance)
      try FileManager.default.removeItem(atPath: path)
      let result = try Command.run(command, in: place.path)
      #expect(result.code == 0 && result.text.contains("Continuing after 32 of 40 images"), "\(result.text)")
      var expected = whole
      expected.images[0] ^= 1
      #expect(try SampleTable(reading: path) == expected)
    }
  }
}
