import Foundation
import Randomness
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
      other = header.provenance
      other.seed = 1
      try beginning(whole).write(to: path + ".partial", shard: 0, of: 2, provenance: other)
      try beginsAnew("another seed")
      try beginning(whole).write(to: path + ".partial", shard: 1, of: 2, provenance: header.provenance)
      try beginsAnew("another part")
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

    /// The first records of samples, of which the first pixel is another.
    private func beginning(_ whole: SampleTable, _ count: Int) -> SampleTable {
      var table = whole
      table.sampleIDs = Array(whole.sampleIDs.prefix(count))
      table.labels = Array(whole.labels.prefix(count))
      table.tokens = Array(whole.tokens.prefix(count * whole.tokensPerImage))
      table.orders = Array(whole.orders.prefix(count * whole.tokensPerImage))
      table.confidences = Array(whole.confidences.prefix(count * whole.tokensPerImage))
      table.images = Array(whole.images.prefix(count * whole.bytesPerImage))
      table.images[0] ^= 1
      if let edit = whole.edit {
        table.edit?.known = Array(edit.known.prefix(count * whole.tokensPerImage))
        table.edit?.mask = Array(edit.mask.prefix(count * whole.imageHeight * whole.imageWidth))
        table.edit?.originals = Array(edit.originals.prefix(count * whole.bytesPerImage))
      }
      return table
    }

    private static let models = [
      "--config", "work/smoke/config/samples-distill-greedy.json", "--model",
      "work/smoke/distill/model.shard",
      "--tokenizer", "work/smoke/tokenizer/model.shard",
    ]

    @Test(arguments: [
      ["generate", "--images", "40"],
      ["generate", "--images", "80", "--seed", "3", "--shard", "00001-of-00002"],
      ["inpaint", "--tokens", "work/smoke/tokens/test", "--mask-fraction", "0.5", "--images", "40"],
      [
        "outpaint", "--tokens", "work/smoke/tokens/test", "--extend", "right=3", "--images", "40",
        "--known-order", "greedy",
      ],
    ])
    func `sampling continues behind the images that an interrupted run left`(words: [String]) throws {
      let place = try SmokeRun.copy()
      let command = [Workplace.binaries + "/sample"] + words + Self.models + ["--out", "drawn.shard"]
      #expect(try Command.run(command, in: place.path).code == 0)
      let path = place.file("drawn.shard")
      let (whole, header) = try SampleTable.read(path)
      // Two batches of the settings' 16.
      try beginning(whole, 32).write(
        to: path + ".partial", shard: header.shard, of: header.shards, provenance: header.provenance)
      try FileManager.default.removeItem(atPath: path)
      let result = try Command.run(command, in: place.path)
      #expect(result.code == 0 && result.text.contains("Continuing after 32 of 40 images"), "\(result.text)")
      var expected = whole
      expected.images[0] ^= 1
      #expect(try SampleTable(reading: path) == expected)
      #expect(!place.exists("drawn.shard.partial"))
    }

    @Test(arguments: [
      ["generate", "--images", "600"],
      [
        "inpaint", "--tokens", "work/smoke/tokens/train", "--mask-fraction", "0.6", "--known-order", "greedy",
      ],
      ["outpaint", "--tokens", "work/smoke/tokens/train", "--extend", "right=5"],
    ])
    func `sampling that is stopped again and again ends with the same bytes`(words: [String]) throws {
      let place = try SmokeRun.copy()
      func command(_ out: String) -> [String] {
        [Workplace.binaries + "/sample"] + words + Self.models + ["--out", out, "--threads", "1"]
      }
      let whole = try Command.run(command("whole.shard"), in: place.path)
      try #require(whole.code == 0, "\(whole.text)")
      var stream = RandomStream(seed: 9, purpose: "sampling.interruptions")
      var resumed = 0
      for _ in 0..<100 where !place.exists("parts.shard") {
        let started = try Command(command("parts.shard"), in: place.path)
        let ended: Command.Result
        if let done = started.wait(seconds: whole.seconds * (0.2 + 0.4 * Double(stream.next() % 1000) / 1000))
        {
          ended = done
        } else {
          started.signal(SIGTERM)
          ended = started.wait()
        }
        resumed += ended.error.contains("Continuing after") ? 1 : 0
        let early = ended.code == 128 + SIGTERM && ended.text.isEmpty
        #expect(early || ended.code == 0 || ended.code == 75, "\(ended.text.suffix(2000))")
        if ended.code == 75 && ended.error.contains("are kept in") {
          #expect(place.exists("parts.shard.partial"))
        }
      }
      #expect(resumed > 0)
      #expect(try place.bytes("parts.shard") == place.bytes("whole.shard"))
      #expect(!place.exists("parts.shard.partial"))
    }

    @Test func `what a killed process left beside a finished shard is no shard, and is cleaned away`() throws
    {
      let place = try SmokeRun.copy()
      let results = try place.results()
      let samples = "work/smoke/samples/distill-greedy/samples-00000-of-00002.shard"
      func leave() throws {
        let (orders, made) = try OrderTable.read(place.file(Self.orders))
        try beginning(orders).write(
          to: place.file(Self.orders + ".partial"), shard: 0, of: 2, provenance: made.provenance)
        let (drawn, header) = try SampleTable.read(place.file(samples))
        try beginning(drawn, 8).write(
          to: place.file(samples + ".partial"), shard: 0, of: 2, provenance: header.provenance)
        let old = try Command.run(
          ["touch", "-d", "2 hours ago", Self.orders, Self.orders + ".partial", samples + ".partial"],
          in: place.path)
        #expect(old.code == 0)
      }
      try leave()
      // Whoever lists a folder sees the shards alone.
      #expect(try ShardName.list(place.file("work/smoke/orders"), kind: .orders).count == 2)
      #expect(try place.made("verify", "PRESET=smoke").output.contains("shards verified, 0 not made yet"))
      #expect(
        try place.made("status", "PRESET=smoke").output.contains("orders                                 2/2")
      )
      try place.made("all", "PRESET=smoke")
      #expect(try place.results() == results)
      let scored = try place.stage(
        "score", "compare", "--config", "work/smoke/config/score.json", "--samples",
        "work/smoke/samples/distill-greedy", "--out", "score.json")
      #expect(scored.code == 0, "\(scored.text)")

      // The next run of the stage takes it away, ...
      try leave()
      let extracted = try Command.run(Self.extraction, in: place.path)
      #expect(extracted.code == 0 && extracted.error.contains("is unchanged"), "\(extracted.text)")
      #expect(!place.exists(Self.orders + ".partial"))
      // ... and clean-stale, but not what a stage may be at work on.
      try leave()
      try place.remove(Self.orders)
      try place.fill("work/smoke/orders", ["orders-00000-of-00009.shard.partial"])
      _ = try Command.run(
        ["touch", "-d", "2 hours ago", "work/smoke/orders/orders-00000-of-00009.shard.partial"],
        in: place.path)
      try place.made("clean-stale", "RUN=work/smoke", "FORCE=1")
      #expect(place.exists(Self.orders + ".partial"), "the beginning of a shard that is not there")
      #expect(!place.exists(samples + ".partial"), "the beginning of a shard that is there")
      #expect(
        !place.exists("work/smoke/orders/orders-00000-of-00009.shard.partial"), "one that nothing wants")
      let continued = try place.made("orders", "PRESET=smoke")
      #expect(continued.error.contains("Continuing after 32 of 128 images"))

      // Shards of another count are set aside with what was begun of them.
      try leave()
      try place.made("list-orders", "PRESET=smoke", "SET=tokens.train_shards=3")
      #expect(!place.exists(Self.orders + ".partial"))
      try place.made("clean-stale", "RUN=work/smoke", "FORCE=1")
      #expect(!place.exists("work/smoke/stale"))
      try place.fill("work/smoke/orders", ["orders-00001-of-00003.shard.partial"])
      try place.made("clean-orders", "RUN=work/smoke", "FORCE=1")
      #expect(!place.exists("work/smoke/orders"))
    }
  }
}
