import Files
import Foundation
import Shards
import TestSupport
import Testing
import Weights

extension StageTests {
  /// Presets with a policy: it learns from exact orders of some images, orders all of them, and chooses in drawing.
  @Suite struct PolicyTests {
    private static let smoke = "work/smoke"
    private static let taken = [
      "PRESET=own.json", "TOKENIZER=\(smoke)/tokenizer/model.shard", "TOKENS_DIR=\(smoke)/tokens",
      "MODEL=\(smoke)/anyorder/model.shard",
    ]

    /// A finished run, and a preset beside it that has a policy and draws by it.
    private func place(_ change: JSONValue = [:]) throws -> Workplace {
      let place = try SmokeRun.copy()
      let policy: JSONValue = [
        "width": 16, "layers": 1, "heads": 2, "hidden": 32, "steps": 60, "batch": 32, "learning_rate": 0.004,
        "final_rate": 0.05, "warmup": 5, "weight_decay": 0.05, "beta1": 0.9, "beta2": 0.95, "clip": 1,
        "token_dropout": 0.1, "residual_dropout": 0.1, "feed_forward_dropout": 0.1, "class_dropout": 0.1,
        "seed": 3,
        "validate_every": 30, "validate_images": 20,
      ]
      let arm: JSONValue = ["model": "distill", "order": "greedy", "teacher": "policy"]
      var preset: JSONValue = [
        "extends": "smoke", "about": "Own.", "policy": policy, "orders": ["exact_share": 0.3],
        "arms": ["by-policy": arm],
        "editing": ["images": 8, "fractions": [0.5], "arms": ["by-policy": "greedy"]],
      ]
      if case .object(let members) = preset { preset = .object(members.merging(change.object ?? [:]) { $1 }) }
      try preset.prettyText.write(toFile: place.file("own.json"), atomically: true, encoding: .utf8)
      return place
    }

    private func make(_ place: Workplace, _ arguments: String...) throws -> Command.Result {
      try Command.run(place.makeWords(arguments + Self.taken), in: place.path)
    }

    private func orders(_ place: Workplace, _ folder: String, _ part: Int = 0) throws -> OrderTable {
      try OrderTable.read(place.file("\(folder)/orders-0000\(part)-of-00002.shard")).table
    }

    @Test func `a policy learns a share of exact orders, orders all images, and chooses in drawing`() throws {
      let place = try place()
      let made = try make(place, "all", "editing", "RUN=work/own")
      try #require(made.code == 0, "\(made.text.suffix(3000))")
      for part in 0..<2 {
        let (exact, all, smoke) = (
          try orders(place, "work/own/orders-exact", part), try orders(place, "work/own/orders", part),
          try orders(place, Self.smoke + "/orders", part)
        )
        // Three tenths of 128, rounded up, spread evenly, and the same as where all images have exact ones.
        #expect(exact.count == 39 && exact.policyContentID == nil)
        let places = (0..<39).map { $0 * 128 / 39 }
        #expect(exact.orders == places.flatMap { smoke.orders[49 * $0..<49 * $0 + 49] })
        #expect(exact.sampleIDs == places.map { smoke.sampleIDs[$0] })
        let policy = try PolicyFile(reading: place.file("work/own/policy/model.shard"))
        #expect(all.count == 128 && all.policyContentID == policy.contentID)
        #expect(all.modelContentID == smoke.modelContentID && policy.extractor == smoke.modelContentID)
        #expect(all.orders != smoke.orders)
      }
      let (table, _) = try WeightsTable.read(place.file("work/own/policy/model.shard"))
      let found = table.facts["held_out"]
      #expect(found?["images"] == 20 && (found?["top1"]?.double ?? 0) > 0 && found?["tau"]?.double != nil)
      // What was drawn was drawn by the policy: another chooser gives other orders.
      let samples = try SampleTable(
        reading: place.file("work/own/samples/by-policy/samples-00000-of-00002.shard"))
      #expect(samples.count == 16 && Set((0..<16).map { samples.orders[$0 * 49..<$0 * 49 + 49] }).count > 1)
      let likelihood = try JSONValue(
        parsing: place.bytes("work/own/scores/likelihood-distill.json"))
      #expect(likelihood["bits_per_token"]?["policy"]?["mean"]?.double != nil)
      let page = String(decoding: try place.bytes("work/own/report.html"), as: UTF8.self)
      #expect(page.contains("by-policy") && page.contains("distilled · policy"))
      let again = try make(place, "all", "editing", "RUN=work/own")
      #expect(again.code == 0 && !again.output.contains("bin/"), "\(again.output)")
      let verified = try place.made("verify", "RUN=work/own")
      #expect(verified.output.contains("work/own/policy/model.shard"))
      for words in [["inspect", "work/own/orders"], ["inspect", "work/own/policy/model.shard"]] {
        let said = try Command.run([Workplace.binaries + "/shard"] + words, in: place.path)
        #expect(said.code == 0 && said.output.contains("policy"), "\(said.text)")
      }
      // Another share makes the policy anew, and what hangs on it.
      let other = try make(place, "-n", "orders", "RUN=work/own", "SET=orders.exact_share=1")
      #expect(other.output.contains("distill policy") && other.output.contains("--exact"), "\(other.text)")
    }

    @Test(arguments: [SIGKILL, SIGTERM])
    func `a policy in training, stopped at any moment, ends with the same bytes`(signal: Int32) throws {
      let place = try place()
      #expect(
        try make(
          place, "work/own/orders-exact/orders-00000-of-00002.shard",
          "work/own/orders-exact/orders-00001-of-00002.shard", "RUN=work/own", "SET=policy.steps=600"
        ).code == 0)
      func words(_ out: String) -> [String] {
        [
          Workplace.binaries + "/distill", "policy", "--config", "work/own/config/policy.json", "--model",
          Self.smoke + "/anyorder/model.shard", "--tokens", Self.smoke + "/tokens", "--orders",
          "work/own/orders-exact", "--validation-orders", Self.smoke + "/orders-test", "--out",
          out + "/model.shard", "--checkpoint-seconds", "0.05",
        ]
      }
      let whole = try Command.run(words("work/whole"), in: place.path)
      try #require(whole.code == 0, "\(whole.text)")
      let threads = try Command.run(words("work/threads") + ["--threads", "3"], in: place.path)
      #expect(threads.code == 0)
      try place.interrupt(
        words("work/parts"), until: "work/parts/model.shard", taking: whole.seconds, by: signal, seed: 10)
      for name in ["model.shard", "metrics.jsonl", "metrics.csv"] {
        let expected = try place.bytes("work/whole/" + name)
        #expect(try place.bytes("work/parts/" + name) == expected, "\(name)")
        #expect(try place.bytes("work/threads/" + name) == expected, "\(name)")
      }
    }

    @Test func `what does not belong together is refused in one sentence`() throws {
      let place = try place()
      let made = try make(place, "policy", "RUN=work/own")
      try #require(made.code == 0, "\(made.text.suffix(2000))")
      let (policy, model) = ("work/own/policy/model.shard", Self.smoke + "/anyorder/model.shard")
      let tokens = Self.smoke + "/tokens/train/tokens-00000-of-00002.shard"
      let extract = ["extract-orders", "--config", "work/own/config/orders.json", "--tokens", tokens]
      try place.expectRefusal(extract + ["--model", policy], 65, "those of a model of type 'order-policy'")
      try place.expectRefusal(
        extract + ["--model", model, "--policy", model], 65,
        "those of a model of type 'any-order-transformer'")
      try place.expectRefusal(
        extract + ["--model", model, "--policy", policy, "--exact"], 64, "leave --exact and --verify out")
      let training = [
        "distill", "policy", "--config", "work/own/config/policy.json", "--tokens", Self.smoke + "/tokens",
        "--validation-orders", Self.smoke + "/orders-test", "--model",
      ]
      try place.expectRefusal(
        training + [Self.smoke + "/distill/model.shard", "--orders", "work/own/orders-exact"], 65,
        "orders by the model")
      // Fine-tuning needs an order for every image.
      try place.expectRefusal(
        [
          "distill", "--config", "work/own/config/distill.json", "--tokens", Self.smoke + "/tokens",
          "--orders",
          "work/own/orders-exact", "--init", model,
        ], 65, "128 orders, one for each image")
      // A policy of another codebook.
      var (table, header) = try WeightsTable.read(place.file(policy))
      table.facts["codebook"] = "another"
      try table.write(to: place.file("other.shard"), provenance: header.provenance)
      try place.expectRefusal(
        extract + ["--model", model, "--policy", "other.shard"], 65, "a policy like the model")
      try place.expectRefusal(
        [
          "sample", "--config", "work/own/config/samples-by-policy.json", "--model", model, "--tokenizer",
          Self.smoke + "/tokenizer/model.shard", "--shard", "00000-of-00002", "--teacher", "other.shard",
        ], 65, "a policy like the model")
      // Its probabilities are of locations, and a threshold is on those of codes.
      try place.settings("PRESET=own.json", "RUN=work/loose", "SET=decoding.threshold=0.5")
      try place.expectRefusal(
        [
          "sample", "--config", "work/loose/config/samples-by-policy.json", "--model", model, "--tokenizer",
          Self.smoke + "/tokenizer/model.shard", "--shard", "00000-of-00002", "--teacher", policy,
        ], 78, "'decoding.threshold' must be 0 with")
      for (set, sentence) in [
        ("orders.exact_share=0", "'orders.exact_share' must be above 0 and at most 1"),
        ("policy.heads=3", "'policy.width' must be a multiple of 4 times heads (3)"),
        ("policy.steps=0", "'training.steps' must be above 0"),
      ] {
        let refused = try make(place, "policy", "RUN=work/third", "SET=" + set)
        #expect(
          refused.code == 2 && refused.error.replacing("\n", with: " ").contains(sentence), "\(refused.text)")
      }
    }
  }
}
