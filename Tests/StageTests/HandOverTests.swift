import Files
import Formats
import Foundation
import Shards
import TestSupport
import Testing

extension StageTests {
  /// Files that are sound each by itself and do not belong together, or hold numbers that are none: refused with
  /// the documented exit code, and nothing is published.
  @Suite struct HandOverTests {
    private static let run = "work/smoke"
    private static let bad = FixtureFile.folder.appending(path: "bad").path

    private func fails(
      _ place: Workplace, _ words: [String], code: Int32, _ sentence: String, out: String,
      sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
      let command = [Workplace.binaries + "/" + words[0]] + words.dropFirst() + ["--out", out]
      let result = try Command.run(command, in: place.path)
      #expect(result.code == code, "\(words): \(result.text)", sourceLocation: sourceLocation)
      #expect(result.error.contains(sentence), "\(result.error)", sourceLocation: sourceLocation)
      #expect(!place.exists(out), "\(out) was published", sourceLocation: sourceLocation)
    }

    private func distill(tokens: String = run + "/tokens", orders: String = run + "/orders") -> [String] {
      [
        "distill", "--config", "\(Self.run)/config/distill.json", "--tokens", tokens, "--orders", orders,
        "--init", "\(Self.run)/anyorder/model.shard",
      ]
    }

    private func likelihood(_ model: String, tokens: String = run + "/tokens/test") -> [String] {
      [
        "score", "likelihood", "--config", "\(Self.run)/config/score.json", "--model", model, "--tokens",
        tokens,
      ]
    }

    private func sample(_ model: String) -> [String] {
      [
        "sample", "--config", "\(Self.run)/config/samples-distill-greedy.json", "--model", model,
        "--tokenizer", "\(Self.run)/tokenizer/model.shard", "--shard", "00000-of-00002",
      ]
    }

    private func extraction(_ model: String) -> [String] {
      [
        "extract-orders", "--verify", "--config", "\(Self.run)/config/orders.json", "--model", model,
        "--tokens", "\(Self.run)/tokens/train/tokens-00000-of-00002.shard",
      ]
    }

    @Test func `orders are matched with their tokens image by image`() throws {
      let place = try SmokeRun.copy()
      let path = place.file("\(Self.run)/orders/orders-00000-of-00002.shard")
      let (good, header) = try OrderTable.read(path)
      func refuses(_ sentence: String, _ edit: (inout OrderTable) -> Void) throws {
        var table = good
        edit(&table)
        try table.write(to: path, shard: 0, of: 2, provenance: header.provenance)
        try fails(place, distill(), code: 65, sentence, out: "x/model.shard")
      }
      let (first, second) = (good.sampleIDs[0], good.sampleIDs[1])
      try refuses("sample \(first) in record 0, found sample \(second)") { $0.sampleIDs.swapAt(0, 1) }
      try refuses("\(good.count) orders, one for each image of the token shard, found \(good.count - 1)") {
        $0.sampleIDs.removeLast()
        $0.orders.removeLast(good.tokensPerImage)
        $0.confidences.removeLast(good.tokensPerImage)
      }
      try refuses("found a 1×\(good.tokensPerImage) grid") {
        ($0.gridHeight, $0.gridWidth) = (1, good.tokensPerImage)
      }
      try refuses("expected orders of the tokens with content id") { $0.tokensContentID = "other" }
      // Only the last shard's model was looked at once.
      try refuses("expected orders by the model other") { $0.modelContentID = "other" }
      try refuses("another 'refresh' or 'candidates'") { $0.lazy = .init(refresh: 2, candidates: 2) }
      try FileManager.default.removeItem(atPath: path)
      try FileManager.default.copyItem(
        atPath: path.replacing("00000-of", with: "00001-of"), toPath: path)
      try fails(
        place, distill(), code: 65, "expected part 00000-of-00002 as its name says", out: "x/model.shard")
    }

    @Test func `the splits of the tokens belong together and are what they are taken for`() throws {
      let place = try SmokeRun.copy()
      let (test, header) = try TokenTable.read(
        place.file("\(Self.run)/tokens/test/tokens-00000-of-00001.shard"))
      func write(_ table: TokenTable, _ folder: String) throws {
        try table.write(
          to: place.file("\(folder)/tokens-00000-of-00001.shard"), provenance: header.provenance)
      }
      try write(test, "same/train")
      try write(test, "same/test")
      try fails(
        place, distill(tokens: "same"), code: 65, "tokens of the split 'train', found tokens of 'test'",
        out: "x/model.shard")
      var train = test
      (train.split, train.codebook) = ("train", "other")
      try write(train, "mixed/train")
      try write(test, "mixed/test")
      let config = "\(Self.run)/config/anyorder.json"
      try fails(
        place, ["train-anyorder", "--config", config, "--tokens", "mixed"], code: 65,
        "mixed/test does not fit: expected tokens like those in mixed/train, codebook other",
        out: "x/model.shard")
      try fails(
        place, likelihood("\(Self.run)/distill/model.shard", tokens: "\(Self.run)/tokens/train"), code: 65,
        "tokens of the split 'test', found tokens of 'train'", out: "x.json")
    }

    @Test func `training whose numbers stop being numbers ends with an error and publishes nothing`() throws {
      let place = try SmokeRun.copy()
      for (stage, words) in [
        ("tokenizer", ["tokenize", "fit"]),
        ("anyorder", ["train-anyorder", "--tokens", "\(Self.run)/tokens"]),
      ] {
        let path = place.file("\(Self.run)/config/\(stage).json")
        let text = try String(contentsOfFile: path, encoding: .utf8)
        let pattern = try Regex(#""learning_rate": *[0-9.e-]+"#)
        let edited = text.replacing(pattern, with: "\"learning_rate\": 1e6")
        try #require(edited != text)
        try edited.write(toFile: path, atomically: true, encoding: .utf8)
        try fails(place, words + ["--config", path], code: 70, "lower ", out: "x/\(stage)/model.shard")
      }
    }

    @Test func `weights that are no numbers are refused where they enter`() throws {
      let place = try SmokeRun.copy()
      for words in [extraction, sample, { likelihood($0) }] {
        try fails(
          place, words("\(Self.bad)/weights-nan.shard"), code: 65,
          "expected finite weights, found nan at element 1 of 'norm.weight'", out: "x.out")
      }
      let model = "\(Self.run)/anyorder/model.shard"
      #expect(
        try place.stage("shard", "export", model, "--with-facts", "--out", "m.safetensors").code == 0)
      let file = try Safetensors(reading: place.file("m.safetensors"))
      let tensors = file.tensors.map { tensor in
        var values = tensor.floats
        if tensor.name == "norm.weight" { values[5] = .infinity }
        return StoredTensor(NamedTensor(tensor.name, shape: tensor.shape, values: values))
      }
      try Safetensors(tensors: tensors, metadata: file.metadata).write(to: place.file("bad.safetensors"))
      try fails(
        place, ["shard", "import", "weights", "bad.safetensors"], code: 65,
        "expected finite weights, found inf at element 5 of 'norm.weight'", out: "x.shard")
    }

    /// Weights that are numbers, so large that logits are none: sums of them overflow to both infinities.
    @Test func `results that are no numbers are errors and not results`() throws {
      let place = try SmokeRun.copy()
      let (table, header) = try WeightsTable.read(place.file("\(Self.run)/anyorder/model.shard"))
      try WeightsTable(
        tensors: table.tensors.map { tensor in
          guard tensor.name == "output.weight" else { return tensor }
          let values = tensor.values.map { Float(signOf: $0, magnitudeOf: 3e38) }
          return NamedTensor(tensor.name, shape: tensor.shape, values: values)
        }, model: table.model, facts: table.facts
      ).write(to: place.file("huge.shard"), provenance: header.provenance)
      try fails(place, extraction("huge.shard"), code: 70, "by nan nats", out: "x.shard")
      let unverified = extraction("huge.shard").filter { $0 != "--verify" }
      try fails(place, unverified, code: 70, "was not written: expected", out: "x.shard")
      try fails(place, sample("huge.shard"), code: 70, "was not written: expected", out: "x.shard")
      try fails(place, likelihood("huge.shard"), code: 70, "is no finite number", out: "x.json")
    }

    @Test func `verify refuses models that are not what they say, and names that say another kind`() throws {
      let place = try SmokeRun.copy()
      func refuses(_ path: String, _ sentence: String) throws {
        let result = try place.stage("shard", "verify", path)
        #expect(result.code == 65 && result.error.contains(sentence), "\(result.text)")
      }
      for (folder, changes) in [
        ("anyorder", [("heads", 3, "is not a multiple of heads"), ("layers", 3, "that 'extra.model' says")]),
        ("anyorder", [("codes", 31, "that 'extra.model' says"), ("width", 1 << 62, "edited.shard")]),
        ("tokenizer", [("image_size", 27, "multiple of 4"), ("codes", 33, "that 'extra.model' says")]),
        ("tokenizer", [("channels", 65536, "has at most 17179869184 parameters")]),
      ] {
        let (table, header) = try WeightsTable.read(place.file("\(Self.run)/\(folder)/model.shard"))
        for (key, value, sentence) in changes {
          var edited = table
          var model = table.model.object ?? [:]
          model[key] = .integer(value)
          edited.model = .object(model)
          try edited.write(to: place.file("edited.shard"), provenance: header.provenance)
          try refuses("edited.shard", sentence)
        }
      }
      let tokens = place.file("\(Self.run)/tokens/train/tokens-00000-of-00002.shard")
      for name in ["orders-00000-of-00002.shard", "tokens-00001-of-00002.shard"] {
        try FileManager.default.copyItem(atPath: tokens, toPath: place.file(name))
        try refuses(name, "as its name says")
      }
    }

    @Test func `the report takes scores of its own run only`() throws {
      let place = try SmokeRun.copy()
      let report = ["score", "report", "--run", Self.run]
      try FileManager.default.createDirectory(
        atPath: place.file("empty"), withIntermediateDirectories: true)
      for run in ["nowhere", "empty"] {
        try fails(place, ["score", "report", "--run", run], code: 66, "does not exist", out: "x.html")
      }
      let scores = place.file("\(Self.run)/scores/")
      func refuses(_ file: String, _ sentence: String, _ edit: (inout [String: JSONValue]) throws -> Void)
        throws
      {
        let good = try Data(contentsOf: URL(filePath: scores + file))
        var value = try JSONValue(parsing: Array(good)).object ?? [:]
        try edit(&value)
        try Data(JSONValue.object(value).text.utf8).write(to: URL(filePath: scores + file))
        try fails(place, report, code: 65, sentence, out: "x.html")
        try good.write(to: URL(filePath: scores + file))
      }
      try refuses("distill-greedy.json", "expected a result of 'score' with 'arm'") { $0 = [:] }
      try refuses("distill-greedy.json", "the arm 'distill-greedy', found that of 'other'") {
        $0["arm"] = "other"
      }
      try refuses("distill-greedy.json", "expected a score of the shards in") {
        var provenance: Provenance = try #require($0["provenance"]).decode()
        for index in provenance.inputs.indices { provenance.inputs[index].contentID = "other" }
        $0["provenance"] = try JSONValue(encoding: provenance)
      }
      try refuses("likelihood-distill.json", "with 'bits_per_token' and its provenance") { $0 = [:] }
      try refuses("likelihood-distill.json", "found that of another model") {
        var provenance: Provenance = try #require($0["provenance"]).decode()
        provenance.inputs[0].contentID = "other"
        $0["provenance"] = try JSONValue(encoding: provenance)
      }
      #expect(
        try Command.run(
          [Workplace.binaries + "/score"] + report.dropFirst() + ["--out", "x.html"],
          in: place.path
        ).code == 0)
    }
  }
}
