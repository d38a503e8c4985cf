import Files
import Foundation
import Orders
import Shards
import TestSupport
import Testing

extension StageTests {
  /// Presets with rules: their orders are made, learned and drawn in, each by its own.
  @Suite struct RulesTests {
    private static let smoke = "work/smoke"
    private static let taken = [
      "PRESET=own.json", "TOKENIZER=\(smoke)/tokenizer/model.shard", "TOKENS_DIR=\(smoke)/tokens",
      "MODEL=\(smoke)/anyorder/model.shard",
    ]
    private static let rules: JSONValue = [
      "by-columns": ["static": "columns"], "mean-class": ["static": "mean-rank", "scope": "class"],
      "clusters": ["static": "mean-rank", "scope": "clusters", "clusters": 3, "seed": 2],
      "entropy-first": ["score": "entropy"], "blocks": ["block": [7, 1]],
    ]

    /// A finished run, and a preset beside it with a model and an arm for each rule.
    private func place(_ rules: JSONValue = Self.rules, _ change: JSONValue = [:]) throws -> Workplace {
      let place = try SmokeRun.copy()
      var models: [String: JSONValue] = ["anyorder": [:]]
      var arms: [String: JSONValue] = [:]
      for (name, rule) in rules.object ?? [:] {
        models["m-" + name] = [
          "stage": "distill", "from": "anyorder", "orders": .string(name), "settings": "distill",
          "role": "specialised", "title": .string("by " + name),
        ]
        arms[name] = [
          "model": .string("m-" + name), "order": .string(name),
          "teacher": rule["static"] == nil ? "anyorder" : "",
        ]
      }
      var preset: [String: JSONValue] = [
        "extends": "smoke", "about": "Own.", "rules": rules, "models": .object(models), "arms": .object(arms),
        "sampling": ["guidance": 1],
        "editing": ["images": 4, "fractions": [0.5], "arms": ["by-columns": "raster", "blocks": "greedy"]],
      ]
      preset.merge(change.object ?? [:]) { $1 }
      try JSONValue.object(preset).prettyText.write(
        toFile: place.file("own.json"), atomically: true, encoding: .utf8)
      return place
    }

    private func make(_ place: Workplace, _ arguments: String...) throws -> Command.Result {
      try Command.run(place.makeWords(arguments + Self.taken), in: place.path)
    }

    private func shared(_ place: Workplace, _ rule: String) throws -> StaticOrderTable {
      try StaticOrderTable(reading: place.file("work/own/rules/\(rule)/static.shard"))
    }

    private func orders(_ place: Workplace, _ folder: String, _ part: String) throws -> [[Int]] {
      let table = try OrderTable(reading: place.file("\(folder)/orders-\(part).shard"))
      return (0..<table.count).map { table.order(of: $0) }
    }

    @Test func `every rule makes orders, a model learns them, and an arm draws by the rule`() throws {
      let place = try place()
      let made = try make(place, "all", "editing", "RUN=work/own")
      try #require(made.code == 0, "\(made.text.suffix(3000))")
      let part = "00001-of-00002"
      let tokens = try TokenTable(
        reading: place.file(Self.smoke + "/tokens/train/tokens-\(part).shard"))
      let labels = tokens.labels.map { Int($0) }

      // Columns: one order, for images and drawing alike.
      let columns = Curve.columns.order(height: 7, width: 7)
      #expect(try orders(place, "work/own/rules/by-columns", part).allSatisfy { $0 == columns })
      func drawn(_ arm: String) throws -> SampleTable {
        try SampleTable(reading: place.file("work/own/samples/\(arm)/samples-\(part).shard"))
      }
      let columnSamples = try drawn("by-columns")
      #expect(rows(columnSamples.orders.map(Int.init), of: 49).allSatisfy { $0 == columns })

      // A mean rank for each class, of all training images, by hand.
      let extracted = try (0..<2).flatMap {
        try orders(place, Self.smoke + "/orders", "0000\($0)-of-00002")
      }
      let allLabels = try (0..<2).flatMap {
        try TokenTable(
          reading: place.file(Self.smoke + "/tokens/train/tokens-0000\($0)-of-00002.shard")
        ).labels.map { Int($0) }
      }
      let classes = (allLabels.max() ?? 0) + 1
      let expected = (0..<classes).map { label -> [Int] in
        var sums = [Int](repeating: 0, count: 49)
        for (order, own) in zip(extracted, allLabels) where own == label {
          for (step, location) in order.enumerated() { sums[location] += step }
        }
        return (0..<49).sorted { (sums[$0], $0) < (sums[$1], $1) }
      }
      let means = try shared(place, "mean-class")
      #expect(means.orders.map(Int.init) == expected.flatMap { $0 } && means.classes == classes)
      #expect(try orders(place, "work/own/rules/mean-class", part) == labels.map { expected[$0] })
      let classSamples = try drawn("mean-class")
      for (order, label) in zip(rows(classSamples.orders.map(Int.init), of: 49), classSamples.labels) {
        #expect(order == expected[Int(label)])
      }

      // Clusters: each image has the nearest of three.
      let clusters = try shared(place, "clusters")
      let three = rows(clusters.orders.map(Int.init), of: 49)
      let own = try orders(place, Self.smoke + "/orders", part)
      #expect(three.count == 3 && clusters.images.reduce(0, +) == 256)
      for (order, found) in zip(own, try orders(place, "work/own/rules/clusters", part)) {
        func distance(_ other: [Int]) -> Int {
          order.enumerated().reduce(0) { sum, entry in
            let step = other.firstIndex(of: entry.element) ?? 0
            return sum + (step - entry.offset) * (step - entry.offset)
          }
        }
        #expect(distance(found) == three.map(distance).min() && three.contains(found))
      }

      // Rules that look at the image give other orders than equation (1), image by image.
      for rule in ["entropy-first", "blocks"] {
        let table = try OrderTable(
          reading: place.file("work/own/rules/\(rule)/orders-\(part).shard"))
        #expect(table.rule == Self.rules[rule] && table.staticContentID == nil)
        let found = try orders(place, "work/own/rules/\(rule)", part)
        #expect(found != own && Set(found).count > 1)
        let samples = try drawn(rule)
        #expect(Set(rows(samples.orders.map(Int.init), of: 49)).count > 1)
        guard rule == "blocks" else { continue }
        for order in found + rows(samples.orders.map(Int.init), of: 49) {
          for column in rows(order, of: 7) {
            #expect(column == column.sorted() && Set(column.map { $0 % 7 }).count == 1)
          }
        }
      }

      let page = String(decoding: try place.bytes("work/own/report.html"), as: UTF8.self)
      #expect(page.contains("Order rules") && page.contains("score entropy") && page.contains("mean-rank"))
      let likelihood = try JSONValue(
        parsing: place.bytes("work/own/scores/likelihood-m-by-columns.json"))
      #expect(likelihood["extracted_orders"]?["bits_per_step"]?.double == 0)
      #expect(likelihood["extracted_orders"]?["rule"] == Self.rules["by-columns"])
      let again = try make(place, "all", "editing", "rules", "RUN=work/own")
      #expect(again.code == 0 && !again.output.contains("bin/"), "\(again.output)")
      let status = try place.made("status", "RUN=work/own").output
      #expect(
        !status.contains("damaged") && status.contains("rules/clusters                         4/4"),
        "\(status)")
      let verified = try place.made("verify", "RUN=work/own")
      #expect(verified.output.contains("work/own/rules/clusters/static.shard"))
      let said = try Command.run(
        [Workplace.binaries + "/shard", "inspect", "work/own/rules/clusters/static.shard"], in: place.path)
      #expect(said.code == 0 && said.output.contains("clusters"), "\(said.text)")
      // Shards of orders do not depend on threads.
      let settings = [
        "--config", "work/own/config/rule-blocks.json", "--model", Self.smoke + "/anyorder/model.shard",
      ]
      let threads = try Command.run(
        [Workplace.binaries + "/extract-orders"] + settings + [
          "--tokens", Self.smoke + "/tokens/train/tokens-\(part).shard", "--out", "out/orders-\(part).shard",
          "--threads", "3",
        ], in: place.path)
      #expect(threads.code == 0, "\(threads.text)")
      #expect(
        try place.bytes("out/orders-\(part).shard")
          == place.bytes("work/own/rules/blocks/orders-\(part).shard"))
    }

    @Test func `what does not belong together is refused in one sentence`() throws {
      let place = try place()
      let made = try make(place, "rules", "RUN=work/own")
      try #require(made.code == 0, "\(made.text.suffix(2000))")
      let model = Self.smoke + "/anyorder/model.shard"
      let tokens = Self.smoke + "/tokens/train/tokens-00000-of-00002.shard"
      func label(_ rule: String, _ more: String...) -> [String] {
        [
          "extract-orders", "--config", "work/own/config/rule-\(rule).json", "--tokens", tokens, "--model",
          model,
        ]
          + more
      }
      let columns = "work/own/rules/by-columns/static.shard"
      try place.expectRefusal(label("by-columns"), 64, "give its shared orders with --static")
      try place.expectRefusal(label("blocks", "--static", columns), 64, "no static rule")
      try place.expectRefusal(label("mean-class", "--static", columns), 65, "shared orders by the rule")
      try place.expectRefusal(
        label("by-columns", "--static", columns, "--verify"), 64, "Shared orders ask no model")
      try place.expectRefusal(
        label("clusters", "--static", "work/own/rules/clusters/static.shard"), 64,
        "goes with a static rule of the scope 'clusters'")
      try place.expectRefusal(
        label(
          "clusters", "--static", "work/own/rules/clusters/static.shard", "--orders",
          Self.smoke + "/orders/orders-00001-of-00002.shard"), 65, "an order of every image of the tokens")
      try place.expectRefusal(
        [
          "sample", "--config", "work/own/config/samples-by-columns.json", "--model", model, "--tokenizer",
          Self.smoke + "/tokenizer/model.shard", "--shard", "00000-of-00002", "--orders",
          "work/own/rules/mean-class/static.shard",
        ], 65, "shared orders by the rule")
      // Orders of two rules in one folder.
      let mixed = try Command.run(
        [
          "bash", "-c",
          "mkdir mixed && cp work/own/rules/blocks/orders-00000-of-00002.shard "
            + "work/own/rules/entropy-first/orders-00001-of-00002.shard mixed",
        ], in: place.path)
      try #require(mixed.code == 0)
      try place.expectRefusal(
        [
          "distill", "--config", "work/own/config/m-blocks.json", "--tokens", Self.smoke + "/tokens",
          "--orders", "mixed", "--init", model,
        ], 65, "orders by the rule {\"block\":[7,1]}")
    }

    @Test(arguments: [
      (#"{"static": "spiral"}"#, "'orders.rule.static' must be one of raster, columns"),
      (
        #"{"static": "columns", "score": "margin"}"#,
        "'orders.rule.static' must be absent where 'score' is set"
      ),
      (#"{"static": "columns", "scope": "class"}"#, "'orders.rule.scope' must be all"),
      (#"{"static": "random"}"#, "'orders.rule.seed' must be given"),
      (#"{"static": "mean-rank", "scope": "clusters", "seed": 1}"#, "'orders.rule.clusters' must be given"),
      (#"{"frontier": true, "block": [2, 2]}"#, "'orders.rule.frontier' must be absent where 'block' is set"),
      (#"{"anchor": "raster"}"#, "'orders.rule.anchor' must be given together"),
      (#"{"block": [0, 2]}"#, "'orders.rule.block' must be [height, width]"),
      (#"{"distance_weight": 1, "score": "entropy"}"#, "'orders.rule.score' must be confidence"),
      (#"{"words": 1}"#, "unknown key 'orders.rule.words'"), ("7", "'rules.own' must be an object"),
    ])
    func `rules that contradict themselves are refused before anything runs`(
      rule: String, sentence: String
    ) throws {
      let place = try place(["own": .integer(7)])
      var preset = try JSONValue(parsing: place.bytes("own.json"))
      guard case .object(var members) = preset else { return }
      members["rules"] = ["own": try JSONValue(parsing: Array(rule.utf8))]
      members["arms"] = ["own": ["model": "anyorder", "order": "raster", "teacher": ""]]
      members["editing"] = ["images": 4, "fractions": [0.5], "arms": [:]]
      preset = .object(members)
      try preset.prettyText.write(toFile: place.file("own.json"), atomically: true, encoding: .utf8)
      let refused = try make(place, "rules", "RUN=work/own")
      #expect(
        refused.code == 2 && refused.error.replacing("\n", with: " ").contains(sentence), "\(refused.text)")
      #expect(!place.exists("work/own/rules"))
    }

    @Test func `guidance does not go with orders that tell the class`() throws {
      let place = try place(
        ["each": ["static": "random", "scope": "class", "seed": 3]],
        [
          "sampling": ["guidance": 1.5], "editing": ["images": 4, "fractions": [0.5], "arms": [:]],
        ])
      let refused = try make(place, "all", "RUN=work/own")
      #expect(
        refused.code == 2
          && refused.error.replacing("\n", with: " ").contains("'sampling.guidance' must be 1"),
        "\(refused.text)")
    }
  }
}
