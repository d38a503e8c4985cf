import Files
import Foundation
import TestSupport
import Testing
import Weights

extension StageTests {
  /// Outputs of all programs: what they may replace, and what becomes of results that cannot be written.
  @Suite struct OutputTests {
    private static let run = "work/smoke"

    private func command(_ words: [String]) -> [String] {
      [Workplace.binaries + "/" + words[0]] + words.dropFirst()
    }

    /// The commands of all programs, without the option that names the output.
    private enum Words {
      static let config = "\(run)/config"
      static let tokens = "\(run)/tokens/train/tokens-00000-of-00002.shard"
      static let model = "\(run)/distill/model.shard"
      static let anyorder = "\(run)/anyorder/model.shard"
      static let tokenizer = "\(run)/tokenizer/model.shard"
      static let samples = "\(run)/samples/distill-greedy/samples-00000-of-00002.shard"
      static let fit = ["tokenize", "fit", "--config", "\(config)/tokenizer.json"]
      static let encode = [
        "tokenize", "encode", "--config", "\(config)/tokens.json", "--tokenizer", tokenizer, "--split",
        "train",
        "--shard", "00000-of-00002",
      ]
      static let train = [
        "train-anyorder", "--config", "\(config)/anyorder.json", "--tokens", "\(run)/tokens",
      ]
      static let extract = [
        "extract-orders", "--config", "\(config)/orders.json", "--model", anyorder, "--tokens", tokens,
      ]
      static let distill = [
        "distill", "--config", "\(config)/distill.json", "--tokens", "\(run)/tokens", "--orders",
        "\(run)/orders", "--init", anyorder,
      ]
      private static let models = [
        "--config", "\(config)/samples-distill-greedy.json", "--model", model, "--tokenizer", tokenizer,
      ]
      static let generate = ["sample"] + models + ["--shard", "00000-of-00002"]
      static func edit(_ task: String, _ rest: String...) -> [String] { ["sample", task] + models + rest }
      private static let score = "\(config)/score.json"
      static let features = [
        "score", "features", "--config", score, "--samples", samples, "--network", "net",
      ]
      static let compare = [
        "score", "compare", "--config", score, "--samples", "\(run)/samples/distill-greedy", "--tokens",
        "\(run)/tokens/test",
      ]
      static let likelihood = [
        "score", "likelihood", "--config", score, "--model", model, "--tokens", "\(run)/tokens/test",
      ]
      static let editing = [
        "score", "editing", "--config", score, "--edits", "\(run)/samples/distill-greedy",
      ]
      static let report = ["score", "report", "--run", run]
    }

    @Test func `no program replaces an input or a file of another kind`() throws {
      let place = try SmokeRun.copy()
      try writeAtomically(Array("my notes".utf8), to: place.file("notes"))
      let exported = try place.stage("shard", "export", Words.model, "--out", "m.safetensors")
      #expect(exported.code == 0, "\(exported.text)")
      let batch = try place.stage(
        "score", "export", "--from", "\(Self.run)/samples/distill-greedy", "--batch", "batch.npz")
      #expect(batch.code == 0, "\(batch.text)")
      let settings = "\(Self.run)/config/settings.json"
      let attempts: [(words: [String], targets: [String])] = [
        (Words.fit, ["\(Words.config)/tokenizer.json", settings, Words.tokens, "notes"]),
        (Words.encode, ["\(Words.config)/tokens.json", Words.tokenizer, settings, Words.samples, "notes"]),
        (Words.train, ["\(Words.config)/anyorder.json", Words.tokens, settings, Words.tokenizer, "notes"]),
        (Words.extract, [Words.tokens, Words.anyorder, "\(Words.config)/orders.json", settings, "notes"]),
        (
          Words.distill,
          [Words.anyorder, Words.tokens, "\(Self.run)/orders/orders-00000-of-00002.shard", settings, "notes"]
        ),
        (Words.generate, ["\(Words.config)/samples-distill-greedy.json", Words.model, settings, "notes"]),
        (
          Words.edit("inpaint", "--tokens", Words.samples, "--mask-fraction", "0.5"),
          [Words.samples, Words.tokenizer, settings, "notes"]
        ),
        (
          Words.edit("edit", "--tokens", Words.samples, "--rectangle", "0,0,28,12", "--class", "0"),
          [Words.samples, settings, "notes"]
        ),
        (Words.edit("outpaint", "--tokens", Words.samples, "--shift", "left=2"), [Words.samples, "notes"]),
        (Words.features, [Words.samples, settings, "notes"]),
        (Words.compare, [Words.samples, settings, "\(Self.run)/scores/likelihood-distill.json", "notes"]),
        (Words.likelihood, [Words.model, settings, "\(Self.run)/scores/distill-greedy.json", "notes"]),
        (Words.editing, [Words.samples, settings, "\(Self.run)/scores/distill-greedy.json", "notes"]),
        (Words.report, [settings, Words.model, "notes"]),
        (
          ["shard", "import", "weights", "m.safetensors"], ["m.safetensors", Words.model, settings, "notes"]
        ),
        (["shard", "export", "tensors", Words.model], [Words.model, settings, "notes"]),
        (["shard", "render", Words.samples], [Words.samples, settings, "notes"]),
        (["shard", "random-weights", "--model", "efficientnet-lite0"], [Words.model, settings, "notes"]),
      ]
      for (words, targets) in attempts {
        for target in targets { try refuses(place, words + ["--out", target], target) }
      }
      for (option, target) in [
        ("--batch", "batch.npz"), ("--batch", "notes"), ("--statistics", "batch.npz"),
        ("--statistics", "notes"),
      ] {
        try refuses(place, ["score", "export", "--from", "batch.npz", option, target], target)
      }
      for target in ["m.safetensors", settings, "notes"] {
        try refuses(
          place,
          ["score", "folders", "--real", "batch.npz", "--fake", "batch.npz", "--weights", "m.safetensors"]
            + ["--json", target], target)
      }
    }

    private func refuses(
      _ place: Workplace, _ words: [String], _ target: String,
      sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
      let before = try place.bytes(target)
      let result = try Command.run(command(words), in: place.path)
      #expect(result.code == 64, "\(words): \(result.text)", sourceLocation: sourceLocation)
      #expect(
        [" is the input ", " exists and is not ", " has the name of another shard"].contains {
          result.error.contains($0)
        },
        "\(words): \(result.error)", sourceLocation: sourceLocation)
      #expect(try place.bytes(target) == before, "\(target) was replaced", sourceLocation: sourceLocation)
    }

    @Test func `checkpoints of another stage's model are not removed`() throws {
      let place = try SmokeRun.copy()
      func checkpoints(_ model: String) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: place.file("\(Self.run)/\(model)/checkpoints"))
          .sorted()
      }
      for (words, model, owner) in [
        (Words.fit, "anyorder", "train-anyorder"), (Words.train, "distill", "distill"),
        (Words.distill, "raster-scratch", "train-anyorder"),
      ] {
        let before = try checkpoints(model)
        try #require(before.contains { $0.hasPrefix("step-") })
        let out = "\(Self.run)/\(model)/other.shard"
        let result = try Command.run(command(words + ["--restart", "--out", out]), in: place.path)
        #expect(
          result.code == 64 && result.error.contains("holds checkpoints of '\(owner)'"), "\(result.text)")
        #expect(try checkpoints(model) == before && !place.exists(out))
      }
    }

    @Test func `pictures replace neither inputs nor files that are no pictures`() throws {
      let place = try SmokeRun.copy()
      let first = Words.edit(
        "inpaint", "--tokens", Words.samples, "--images", "1", "--mask-fraction", "0.5", "--out", "x.shard",
        "--png",
        "pictures")
      let made = try Command.run(command(first), in: place.path)
      #expect(made.code == 0, "\(made.text)")
      let names = try FileManager.default.contentsOfDirectory(atPath: place.file("pictures/seed-1")).sorted()
      let result = try #require(names.first { $0.hasSuffix("-result.png") })
      try refuses(
        place,
        Words.edit(
          "inpaint", "--image", "pictures/seed-1/\(result)", "--rectangle", "0,0,28,12", "--class", "0",
          "--out",
          "y.shard", "--png", "pictures"), "pictures/seed-1/\(result)")
      try writeAtomically(Array("my notes".utf8), to: place.file("album/seed-1-images.png"))
      try refuses(place, Words.generate + ["--out", "z.shard", "--png", "album"], "album/seed-1-images.png")
      #expect(!place.exists("z.shard") && !place.exists("y.shard"), "nothing was drawn before the check")
    }

    @Test func `results that stdout does not take are an error`() throws {
      let place = try SmokeRun.copy()
      let shard = Workplace.binaries + "/shard"
      for words in [
        "cat \(Words.tokens)", "cat --header \(Words.tokens)", "inspect \(Words.tokens)",
        "verify \(Words.tokens)",
        "--help", "--version", "help cat",
      ] {
        let full = try Command.run(["sh", "-c", "\(shard) \(words) >/dev/full"], in: place.path)
        #expect(full.code == 74, "\(words): \(full.text)")
        #expect(full.error.contains("Cannot write to the standard output: "), "\(words): \(full.error)")
      }
      for program in ["tokenize", "train-anyorder", "extract-orders", "distill", "sample", "score"] {
        let line = "\(Workplace.binaries)/\(program) --help >/dev/full"
        #expect(try Command.run(["sh", "-c", line], in: place.path).code == 74, "\(program)")
      }
      let closed = try Command.run(["sh", "-c", "\(shard) cat \(Words.tokens) >&-"], in: place.path)
      #expect(closed.code == 74, "\(closed.text)")
    }

    /// More than a pipe holds, so that the writer meets a reader that has left.
    @Test func `a reader that has enough is no error`() throws {
      let place = try SmokeRun.copy()
      let cat = "\(Workplace.binaries)/shard cat \(Words.model)"
      for start in ["", "trap '' PIPE; "] {
        let line = start + "\(cat) | head -c 1; code=${PIPESTATUS[0]}; echo; echo $code"
        let result = try Command.run(["bash", "-c", line], in: place.path)
        #expect(result.output == "{\n141\n", "\(result.text)")
        #expect(result.error.isEmpty, "\(result.error)")
      }
    }

    @Test func `a picture on a full disk is an input or output error`() throws {
      let place = try SmokeRun.copy()
      let words = command(["shard", "render", Words.samples, "--out", "big.png"])
      let result = try Command.run(
        ["bash", "-c", "trap '' XFSZ; ulimit -f 1; exec \"$@\"", "bash"] + words, in: place.path)
      #expect(result.code == 74, "\(result.text)")
      #expect(result.error.contains("big.png cannot be written: "), "\(result.error)")
      #expect(!place.exists("big.png"))
    }
  }
}
