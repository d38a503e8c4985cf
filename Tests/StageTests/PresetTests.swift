import Files
import Foundation
import Shards
import TestSupport
import Testing

extension StageTests {
  /// The presets themselves, and runs of them with official weights, planned with programs that do nothing.
  @Suite struct PresetTests {
    let place: Workplace

    init() throws {
      place = try Workplace()
      try place.fakePrograms()
    }

    private func json(_ path: String) throws -> JSONValue { try JSONValue(parsing: try place.bytes(path)) }

    /// The official files that a run may begin with, by the names that OFFICIAL.md gives them.
    private func official() throws -> [String] {
      try place.fill("official", ["vq-16.shard", "randar-xl.shard", "inception.pth"])
      return [
        "TOKENIZER=official/vq-16.shard", "MODEL=official/randar-xl.shard",
        "INCEPTION=official/inception.pth",
      ]
    }

    @Test func `every preset compares what PRESETS.md says it compares`() throws {
      let names = try FileManager.default.contentsOfDirectory(atPath: place.file("pipeline/presets")).sorted()
      #expect(names.count == 24, "\(names)")
      let page = String(decoding: try place.bytes("pipeline/PRESETS.md"), as: UTF8.self)
      for name in names {
        var preset = try json("pipeline/presets/\(name)")
        if let base = preset["extends"]?.string {
          let stamped = try Command.run(
            ["pipeline/stamp", String(name.dropLast(".json".count)), "whole"], in: place.path)
          #expect(stamped.code == 0 && place.exists("pipeline/presets/\(base).json"), "\(stamped.text)")
          preset = try json("whole/settings.json")
        }
        #expect(
          page.contains("\n| `\(name.dropLast(".json".count))` |"), "PRESETS.md lacks a row for \(name)")
        let about = try #require(preset["about"]?.string)
        #expect(
          about.hasSuffix(".") && !about.dropLast().contains(". "), "\(name): not one sentence: \(about)")
        let steps = { (section: String) in preset[section]?["steps"]?.int }
        // The usual four, or sections that models of other names share.
        let tuned = (preset.object ?? [:]).filter { $0.value["annealing_start"] != nil }.map(\.key).sorted()
        let longest = tuned.compactMap(steps).max()
        let hasPaperSteps = name == "imagenet256.json"
        for section in tuned {
          let expected = hasPaperSteps && section == "distill-direct" ? 5000 : longest
          #expect(steps(section) == expected, "\(name): \(section)")
        }
        if let scratch = steps("raster-scratch"), let base = steps("anyorder"), let distill = steps("distill")
        {
          #expect(scratch == base + distill, "\(name)")
        }
        if let raster = preset["raster-tuned"], name != "smoke.json" {
          for key in ["annealing_start", "annealing_end"] {
            #expect(raster[key] == preset["distill"]?[key], "\(name): \(key)")
          }
        }
      }
    }

    @Test func `with official weights only what is fine-tuned is trained`() throws {
      let files = try official()
      let lines = try place.plan(["all", "PRESET=imagenet256"] + files)
      #expect(
        Set(Workplace.trained(lines))
          == ["distill", "distill-direct", "anyorder-long", "raster-tuned"])
      #expect(!lines.contains { $0.hasPrefix("tokenize fit") })
      #expect(lines.count { $0.hasPrefix("tokenize encode ") && $0.contains("official/vq-16.shard") } == 1064)
      let extractions = lines.filter { $0.hasPrefix("extract-orders ") }
      #expect(extractions.count == 1064)
      #expect(extractions.allSatisfy { $0.contains("--model official/randar-xl.shard") })
      let distill = try #require(lines.first { $0.contains("--out work/imagenet256/distill/model.shard") })
      #expect(distill.contains("--init official/randar-xl.shard"), "\(distill)")
      #expect(lines.contains { $0.contains("--teacher official/randar-xl.shard") })
      #expect(lines.count { $0.hasPrefix("score features ") } == 10)
      #expect(!lines.contains { $0.contains("raster-scratch") })
      #expect(
        try Workplace.trained(place.plan(["raster-scratch", "PRESET=imagenet256"] + files)) == [
          "raster-scratch"
        ])
    }

    @Test func `pictures and sizes may be others than the preset's where weights are given`() throws {
      let files = try official()
      let set = "SET=data.path=pictures model.width=1024 model.layers=24 model.heads=16 model.hidden=2816"
      _ = try place.plan(["all", "PRESET=imagenet256", set] + files)
      let settings = try json("work/imagenet256/config/dry-run/settings.json")
      #expect(settings["data"]?["path"] == "pictures" && settings["model"]?["width"] == 1024)
      for frozen in ["tokenizer.codes=5", "anyorder.steps=5"] {
        let result = try Command.run(
          ["make", "BIN=fake", "-n", "all", "PRESET=imagenet256", "SET=" + frozen] + files, in: place.path)
        #expect(
          result.code == 2 && result.error.contains("but this run takes that stage from elsewhere"),
          "\(result.text)")
      }
    }

    @Test func `a model of other sizes than the settings' is refused, with the sizes that it has`() throws {
      let header =
        #"{"extra":{"model":{"type":"any-order-transformer","width":8,"layers":1,"heads":2,"hidden":16}}}"#
      let written = try Command.run(
        ["bash", "-c", "printf '%s\nbytes' \"$1\" | zstd -q -o model.shard", "bash", header], in: place.path)
      try #require(written.code == 0, "\(written.text)")
      let words = ["make", "BIN=fake", "tokenizer", "PRESET=smoke", "MODEL=model.shard"]
      let refused = try Command.run(words, in: place.path)
      let sizes = "model.width=8 model.layers=1 model.heads=2 model.hidden=16"
      #expect(
        refused.code == 2 && refused.error.contains("MODEL=model.shard has \(sizes), and the settings say"),
        "\(refused.text)")
      #expect(place.calls().isEmpty && !place.exists("work/smoke"))
      let accepted = try Command.run(words + ["SET=" + sizes], in: place.path)
      #expect(accepted.code == 0, "\(accepted.text)")
      #expect(place.calls().contains { $0.hasPrefix("tokenize fit") && !$0.contains("--check-settings") })
    }

    @Test func `INCEPTION scores any preset by the FID's network, and the run remembers it`() throws {
      let files = try official()
      for preset in ["smoke", "imagenet256"] {
        let path = "work/\(preset)/config/dry-run/score.json"
        _ = try place.plan(["scores", "PRESET=" + preset])
        let without = try json(path)
        #expect(without["score"]?["layers"] == ["lite0-block10-112", "lite0-1280"])
        let lines = try place.plan(["scores", "PRESET=" + preset, files[2]])
        #expect(lines.contains { $0.hasPrefix("score features ") })
        let with = try json(path)
        #expect(with["score"]?["network"] == "official/inception.pth")
        #expect(with["score"]?["layers"] == ["inception-2015-12-05-2048"])
        #expect(with["score"]?["neighbours"] == without["score"]?["neighbours"])
      }
      func network(_ arguments: String...) throws -> JSONValue? {
        let result = try Command.run(["make", "BIN=fake", "list-orders"] + arguments, in: place.path)
        #expect(result.code == 0, "\(result.text)")
        return try json("work/smoke/config/score.json")["score"]?["network"]
      }
      #expect(try network("PRESET=smoke", files[2]) == "official/inception.pth")
      #expect(try network("RUN=work/smoke") == "official/inception.pth")
      #expect(try network("RUN=work/smoke", "INCEPTION=") == "")
    }

    @Test func `a network that cannot be used stops make before the first stage`() throws {
      let missing = try place.fakeMake("all", "PRESET=smoke", "INCEPTION=no/where.pth")
      #expect(
        missing.code == 2 && missing.error.contains("INCEPTION=no/where.pth does not exist: expected"),
        "\(missing.text)")
      let files = try official()
      let twice = try place.fakeMake("all", "PRESET=smoke", files[2], "SET=score.network=x")
      #expect(
        twice.code == 2 && twice.error.contains("SET gives 'score.network', and INCEPTION="), "\(twice.text)")
      #expect(place.calls().isEmpty && !place.exists("work/smoke"))

      let random = try place.stage(
        "shard", "random-weights", "--model", "efficientnet-lite0", "--dtype", "BF16", "--out", "other")
      try #require(random.code == 0, "\(random.text)")
      let other = try place.make("all", "PRESET=smoke", "INCEPTION=other")
      #expect(other.code == 2 && other.error.contains("Error 65"), "\(other.text)")
      #expect(other.error.contains("score: other: ") && !other.error.contains("wrote"), "\(other.error)")
      #expect(try place.results().isEmpty)
    }

    @Test func `features and scores are made anew with the network's file`() throws {
      for seed in ["1", "2"] {
        let random = try place.stage(
          "shard", "random-weights", "--model", "inception-v3", "--dtype", "BF16", "--seed", seed, "--out",
          "inception-\(seed)")
        try #require(random.code == 0, "\(random.text)")
      }
      let features = "work/smoke/features/real-test.shard"
      func extractor(_ file: String) throws -> String {
        try place.made(features, "PRESET=smoke", "SET=data.test_images=4", "INCEPTION=" + file)
        return try FeatureTable(reading: place.file(features)).extractor
      }
      let first = try extractor("inception-1")
      #expect(first.hasPrefix("inception-2015-12-05-2048, clean-fid, sha256:"))
      #expect(try extractor("inception-2") != first)
      // The same name with other bytes.
      try place.remove("inception-2")
      let moved = try Command.run(["mv", "inception-1", "inception-2"], in: place.path)
      try #require(moved.code == 0)
      _ = try Command.run(["touch", "inception-2"], in: place.path)
      #expect(try extractor("inception-2") == first)
    }

    @Test func `paper-scale imports random weights and runs its preset on them`() throws {
      let lines = try place.plan(["paper-scale", "SIZE=randar-l"])
      for line in [
        "shard random-weights --model randar-l --out work/official/randar-l.safetensors",
        "shard import weights work/official/randar-l.safetensors --tokenizer work/official/vq-16.shard --out work/official/randar-l.shard",
        "shard random-weights --model inception-v3 --out work/official/inception-v3.safetensors",
      ] {
        #expect(lines.contains { $0.trimmingPrefix(" ") == line }, "\(line): \(lines)")
      }
      let all = lines.joined(separator: "\n")
      #expect(all.contains("all PRESET=work/official/randar-l.json RUN=work/randar-l"), "\(all)")
      #expect(!place.exists("work"))

      try place.fill("official", ["vq-16.shard", "randar-b.shard", "inception.pth"])
      let plan = try place.plan([
        "all", "PRESET=paper-scale", "TOKENIZER=official/vq-16.shard", "MODEL=official/randar-b.shard",
        "INCEPTION=official/inception.pth",
      ])
      #expect(Workplace.trained(plan) == ["distill"])
      #expect(plan.count { $0.hasPrefix("score compare ") } == 2)
    }
  }
}
