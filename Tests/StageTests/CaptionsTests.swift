import Files
import Foundation
import Shards
import TestSupport
import Testing
import Weights

/// One run of the preset `captions` in small, made once and looked at by several tests.
private enum CaptionsRun {
  static let settings: [String] = [
    "data.path=\(FixtureFile.folder.path)/idx", "data.train_images=12", "data.test_images=6",
    "tokenizer.epochs=1",
    "tokenizer.batch=4", "tokenizer.codes=16", "tokenizer.warmup=1", "tokenizer.restart_after=1",
    "text.vocabulary=300", "tokens.train_shards=2", "model.width=16", "model.heads=2", "model.layers=2",
    "model.hidden=32", "sampling.images=7", "sampling.seeds=[1]", "score.network=",
    "score.likelihood_images=6", "classifier.batch=4", "classifier.epochs=1", "classifier.warmup=1",
    "classifier.channels=8",
  ]

  private static let attempt = Result { () throws -> Workplace in
    let place = try Workplace()
    try place.made("all", "PRESET=captions", "SET=" + small)
    return place
  }

  /// Settings of a run with everything small.
  static var small: String {
    var words = settings
    for model in ["anyorder", "raster-scratch", "distill", "anyorder-long", "raster-tuned"] {
      words += ["steps=6", "batch=4", "validate_every=3", "validate_images=6", "warmup=1"].map {
        "\(model).\($0)"
      }
    }
    for model in ["distill", "raster-tuned"] {
      words += ["\(model).annealing_start=1", "\(model).annealing_end=3"]
    }
    return words.joined(separator: " ")
  }

  static func finished() throws -> Workplace { try attempt.get() }
}

extension StageTests {
  /// The text-to-image track as users run it.
  @Suite struct CaptionsTests {
    private static let run = "work/captions"
    private static let models = [
      "--tokenizer", run + "/tokenizer/model.shard", "--config", run + "/config/samples-distill-greedy.json",
    ]
    private static let text = ["--text-tokenizer", run + "/text/tokenizer.shard"]

    private func sample(_ place: Workplace, _ rest: [String], model: String = "distill") throws
      -> Command.Result
    {
      try Command.run(
        [Workplace.binaries + "/sample"] + rest + ["--model", Self.run + "/\(model)/model.shard"]
          + Self.models,
        in: place.path)
    }

    @Test func `captions reach models, orders, samples and the page, once`() throws {
      let place = try CaptionsRun.finished()
      let tokens = try TokenTable(reading: place.file(Self.run + "/tokens/train/tokens-00001-of-00002.shard"))
      let texts = try TextTable(reading: place.file(Self.run + "/text/train.shard"))
      let captions = try #require(tokens.captions)
      #expect(captions.length == 16 && captions.counts.count == 6 && captions.counts.allSatisfy { $0 > 1 })
      // The captions of an image are those that the texts have of it, in their sequence.
      var first = 0
      for (record, id) in tokens.sampleIDs.enumerated() {
        let own = texts.sampleIDs.indices.filter { texts.sampleIDs[$0] == id }
        #expect(Int(captions.counts[record]) == own.count)
        for (index, caption) in own.enumerated() {
          let place = first + index
          #expect(captions.texts[place] == texts.texts[caption])
          #expect(captions.tokens[place * 16..<(place + 1) * 16] == texts.tokens(of: caption))
        }
        first += own.count
      }
      let model = try TransformerFile(reading: place.file(Self.run + "/distill/model.shard"))
      #expect(model.textTokenizer == texts.tokenizerContentID && model.classNames.isEmpty)
      #expect(model.model.configuration.text?.length == 16)
      let samples = try SampleTable(
        reading: place.file(Self.run + "/samples/distill-greedy/samples-00000-of-00001.shard"))
      let words = try #require(samples.texts)
      #expect(words.texts.count == 7 && words.texts[0] == words.texts[6], "captions of six images take turns")
      #expect(words.tokenizer == texts.tokenizerContentID)
      let page = String(decoding: try place.bytes(Self.run + "/report.html"), as: UTF8.self)
      #expect(page.contains(words.texts[0]))
      // What models draw while they learn has the captions of the same test images.
      let drawn = try ["anyorder", "distill"].map {
        try ProgressTable(reading: place.file(Self.run + "/\($0)/progress/step-000003.shard"))
      }
      #expect(
        drawn.allSatisfy { $0.texts?.texts == Array(words.texts.prefix(6)) && $0.codebook == tokens.codebook }
      )
      #expect(page.contains("While learning") && page.contains("d of the greedy order while training"))
      let again = try place.made("all", "RUN=" + Self.run)
      #expect(again.output.contains("Nothing to be done for 'all'."), "\(again.text)")
    }

    @Test func `random crops have captions and orders of their own, up to the specialised model`() throws {
      let (place, run) = (try CaptionsRun.finished(), "work/views")
      let further = "tokens.augmentation=random-crops tokens.views=3"
      try place.made("distill", "PRESET=captions", "RUN=" + run, "SET=\(CaptionsRun.small) \(further)")
      let texts = try TextTable(reading: place.file(run + "/text/train.shard"))
      for shard in ["00000-of-00002", "00001-of-00002"] {
        let tokens = try TokenTable(reading: place.file(run + "/tokens/train/tokens-\(shard).shard"))
        #expect(tokens.views == 3 && tokens.count == 18)
        let captions = try #require(tokens.captions)
        var first = 0
        for (record, count) in captions.counts.enumerated() {
          let own = texts.sampleIDs.indices.filter { texts.sampleIDs[$0] == tokens.sampleIDs[record] / 3 }
          let places = first..<first + Int(count)
          #expect(captions.texts[places].elementsEqual(own.map { texts.texts[$0] }) && !own.isEmpty)
          first = places.upperBound
        }
        // The whole image is what it is without crops.
        let plain = try TokenTable(reading: place.file(Self.run + "/tokens/train/tokens-\(shard).shard"))
        #expect(
          (0..<6).allSatisfy { tokens.tokens(of: 3 * $0) == plain.tokens(of: $0) }
            && tokens.labels == plain.labels.flatMap { [$0, $0, $0] })
        let orders = "\(run)/orders/orders-\(shard).shard"
        #expect(try OrderTable(reading: place.file(orders)).sampleIDs == tokens.sampleIDs)
        let verified = try place.stage(
          "extract-orders", "--config", run + "/config/orders.json", "--model", run + "/anyorder/model.shard",
          "--tokens", "\(run)/tokens/train/tokens-\(shard).shard", "--out", "views/orders-\(shard).shard",
          "--verify")
        #expect(verified.code == 0 && verified.error.contains("Verified 18 orders"), "\(verified.text)")
        #expect(
          try ShardHeader.read(place.file("views/orders-\(shard).shard")).contentID
            == ShardHeader.read(place.file(orders)).contentID)
      }
      #expect(place.exists(run + "/distill/model.shard"))
      #expect(try place.stage("shard", "inspect", run + "/tokens/train").output.contains("3 of each image"))
      let test = try TokenTable(reading: place.file(run + "/tokens/test/tokens-00000-of-00001.shard"))
      #expect(test.views == 1 && test.count == 6)
    }

    @Test func `extracted orders of texts are those of an ordinary pass, for any number of threads`() throws {
      let place = try CaptionsRun.finished()
      let made = try ["1", "3"].map { threads -> String in
        let out = "orders-00000-of-00002.shard"
        try? place.remove(out)
        let result = try place.stage(
          "extract-orders", "--config", Self.run + "/config/orders.json", "--model",
          Self.run + "/anyorder/model.shard", "--tokens",
          Self.run + "/tokens/train/tokens-00000-of-00002.shard",
          "--out", out, "--verify", "--threads", threads)
        #expect(result.code == 0 && result.error.contains("Verified 6 orders"), "\(result.text)")
        return try ShardHeader.read(place.file(out)).contentID
      }
      let own = try ShardHeader.read(place.file(Self.run + "/orders/orders-00000-of-00002.shard")).contentID
      #expect(Set(made + [own]).count == 1)
    }

    @Test func `training on texts ends with the same bytes for any number of threads`() throws {
      let place = try CaptionsRun.finished()
      let result = try place.stage(
        "train-anyorder", "--config", Self.run + "/config/anyorder.json", "--tokens", Self.run + "/tokens",
        "--out", "again/model.shard", "--threads", "3")
      #expect(result.code == 0, "\(result.text)")
      #expect(
        try ShardHeader.read(place.file("again/model.shard")).contentID
          == ShardHeader.read(place.file(Self.run + "/anyorder/model.shard")).contentID)
    }

    @Test func `a prompt draws one image, whatever its words are`() throws {
      let place = try CaptionsRun.finished()
      for (prompt, remark) in [
        ("a red dress on a blue background", ""), ("красное платье 红色连衣裙 👗", ""),
        (String(repeating: "very long ", count: 1000), "is longer than the 16 tokens that the model reads"),
      ] {
        try? place.remove("one.shard")
        let result = try sample(
          place, ["--prompt", prompt, "--out", "one.shard", "--png", "pictures"] + Self.text)
        #expect(result.code == 0 && (remark.isEmpty || result.error.contains(remark)), "\(result.text)")
        let table = try SampleTable(reading: place.file("one.shard"))
        #expect(table.count == 1 && table.classNames == ["prompt"])
        #expect(try #require(table.texts).texts[0].hasPrefix(String(prompt.prefix(20))))
      }
      #expect(place.exists("pictures/seed-1/00000-a-red-dress-on-a-blue-background.png"))
      // Two prompts take turns; others are not up to date.
      let two = try sample(
        place, ["--prompt", "a bag", "--prompt", "a coat", "--images", "3", "--out", "one.shard"] + Self.text)
      #expect(two.code == 0, "\(two.text)")
      #expect(
        try SampleTable(reading: place.file("one.shard")).texts?.texts == ["a bag", "a coat", "a bag"])
    }

    @Test func `images are completed from their captions or from a prompt`() throws {
      let place = try CaptionsRun.finished()
      let own = try sample(
        place,
        ["inpaint", "--tokens", Self.run + "/tokens/test", "--mask-fraction", "0.5", "--out", "own.shard"])
      #expect(own.code == 0, "\(own.text)")
      let asked = try sample(
        place,
        [
          "edit", "--tokens", Self.run + "/tokens/test", "--rectangle", "0,0,16,32", "--prompt",
          "a green bag",
          "--out", "edited.shard",
        ] + Self.text)
      #expect(asked.code == 0, "\(asked.text)")
      #expect(try SampleTable(reading: place.file("edited.shard")).edit != nil)
    }

    @Test func `what does not belong together is refused in one sentence`() throws {
      let place = try CaptionsRun.finished()
      func refused(
        _ code: Int32, _ words: String, _ rest: [String], sourceLocation: SourceLocation = #_sourceLocation
      ) throws {
        let result = try sample(place, rest + ["--out", "no.shard"])
        let said = result.error.replacing("\n", with: " ")
        #expect(result.code == code && said.contains(words), "\(result.text)", sourceLocation: sourceLocation)
        #expect(!place.exists("no.shard"), sourceLocation: sourceLocation)
      }
      try refused(64, "is a model of captions: expected --captions", [])
      try refused(64, "--prompt needs --text-tokenizer", ["--prompt", "a bag"])
      try refused(64, "this one is of captions", ["--class", "bag"])
      try refused(64, "both say what to draw", ["--prompt", "a", "--captions", "x"] + Self.text)
      try refused(
        65, "a shard of text-tokenizer",
        ["--prompt", "a", "--text-tokenizer", Self.run + "/tokenizer/model.shard"])
      let empty = try sample(place, ["--prompt", "  ", "--out", "no.shard"] + Self.text)
      #expect(empty.code != 0 && !place.exists("no.shard"), "\(empty.text)")
      // A text tokenizer of other captions.
      try place.made(
        "text", "PRESET=captions", "RUN=work/other",
        "SET=" + (CaptionsRun.settings + ["text.vocabulary=290"]).joined(separator: " "))
      try refused(
        65, "the text tokenizer of the model",
        ["--prompt", "a", "--text-tokenizer", "work/other/text/tokenizer.shard"])
      // Captions of the other split.
      let encode = try place.stage(
        "tokenize", "encode", "--config", Self.run + "/config/tokens.json", "--tokenizer",
        Self.run + "/tokenizer/model.shard", "--split", "train", "--shard", "00000-of-00002", "--texts",
        Self.run + "/text/test.shard", "--out", "tokens-00000-of-00002.shard")
      #expect(encode.code == 65 && encode.error.contains("captions of the split 'train'"), "\(encode.text)")
    }
  }
}
