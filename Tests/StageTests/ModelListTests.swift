import Files
import Foundation
import TestSupport
import Testing

extension StageTests {
  /// The section `models` of a preset, with programs that do nothing: what is planned, and what is refused.
  @Suite struct ModelListTests {
    let place: Workplace

    init() throws {
      place = try Workplace()
      try place.fakePrograms()
    }

    /// Writes a preset: the smoke preset changed by a filter of jq.
    private func preset(_ filter: String) throws {
      let result = try Command.run(
        ["bash", "-c", "jq \"$1\" pipeline/presets/smoke.json >own.json", "bash", filter], in: place.path)
      try #require(result.code == 0, "\(result.text)")
    }

    private func plan(_ arguments: String...) throws -> [String] {
      try place.plan(arguments + ["PRESET=own.json"])
    }

    private func trained(_ plan: [String]) -> [String] { Workplace.trained(plan) }

    @Test func `only models that arms need are trained, others by their own target`() throws {
      try preset(#".arms |= {"distill-teacher"} | .editing.arms = {}"#)
      let all = try plan("all")
      #expect(trained(all) == ["anyorder", "distill"])
      #expect(all.filter { $0.contains("likelihood-") }.count == 2)
      #expect(try trained(plan("raster-scratch")) == ["raster-scratch"])

      try preset(#".arms |= {"raster-scratch-raster"} | .editing.arms = {}"#)
      let raster = try plan("all")
      #expect(trained(raster) == ["raster-scratch"])
      #expect(!raster.contains { $0.contains("extract-orders") || $0.contains("--orders") })
    }

    @Test func `weights from elsewhere are scored without training or extraction for training`() throws {
      try place.fill("official", ["model.shard", "tokenizer.shard"])
      try preset(
        #".models = {anyorder: {}} | .arms = {own: {model: "anyorder", order: "greedy", teacher: ""}} | .editing.arms = {}"#
      )
      let lines = try plan("scores", "MODEL=official/model.shard", "TOKENIZER=official/tokenizer.shard")
      #expect(lines.allSatisfy { !$0.contains(" fit ") && !$0.contains("split train") }, "\(lines)")
      #expect(trained(lines).isEmpty)
      #expect(lines.contains { $0.contains("likelihood") && $0.contains("--model official/model.shard") })
    }

    @Test func `a tuned model labels images for the next round`() throws {
      try preset(
        #"""
        .rules = {second: {score: "confidence", by: "distill"}}
          | .models = {anyorder: {}, distill: {},
              "round-2": {stage: "distill", from: "distill", orders: "second", settings: "distill"}}
          | .arms = {own: {model: "round-2", order: "second", teacher: "distill"}} | .editing.arms = {}
        """#)
      let lines = try plan("all")
      #expect(trained(lines) == ["anyorder", "distill", "round-2"])
      let labelling = lines.filter { $0.contains("rule-second.json") }
      #expect(
        labelling.count == 3 && labelling.allSatisfy { $0.contains("--model work/own/distill/model.shard") })
      let training = lines.first { $0.contains("--out work/own/round-2/model.shard") } ?? ""
      #expect(
        training.contains("--orders work/own/rules/second")
          && training.contains("--init work/own/distill/model.shard")
          && training.contains("--validation-orders work/own/rules-test/second"), "\(training)")
      #expect(
        lines.contains {
          $0.contains("samples-own.json") && $0.contains("--teacher work/own/distill/model.shard")
        })
      let likelihood = lines.first { $0.contains("likelihood-round-2.json") } ?? ""
      #expect(likelihood.contains("--orders work/own/rules-test/second"), "\(likelihood)")
    }

    @Test func `models of any name share settings and begin with each other`() throws {
      try preset(
        #"""
        .models = {
            base: {stage: "train-anyorder", orders: "extracts", settings: "anyorder"},
            raster: {stage: "distill", from: "base", settings: "tuning", objective: "raster", title: "Rasterer"},
            twice: {stage: "distill", from: "raster", settings: "tuning", objective: "orders", orders: "learns"}}
          | .tuning = (.distill | del(.objective))
          | .arms = {one: {model: "twice", order: "greedy", teacher: "base"}} | .editing.arms = {}
        """#)
      let lines = try plan("all")
      #expect(trained(lines) == ["base", "raster", "twice"])
      let twice = try #require(lines.first { $0.contains("--out work/own/twice/model.shard") })
      for words in [
        "--init work/own/raster/model.shard", "--orders work/own/orders",
        "--validation-orders work/own/orders-test",
      ] {
        #expect(twice.contains(words), "\(twice)")
      }
      let raster = try #require(lines.first { $0.contains("--out work/own/raster/model.shard") })
      #expect(!raster.contains("--orders ") && raster.contains("--init work/own/base/model.shard"))
      func config(_ name: String) throws -> JSONValue {
        try JSONValue(parsing: try place.bytes("work/own/config/dry-run/\(name).json"))
      }
      #expect(try config("raster")["training"]?["objective"] == "raster")
      #expect(try config("twice")["training"]?["objective"] == "orders")
      let models = try #require(try config("models")["models"]?.array)
      #expect(models.compactMap { $0["title"]?.string } == ["base", "Rasterer", "twice"])
      #expect(models.compactMap { $0["order"]?.string } == ["random", "raster", "greedy"])
    }

    @Test func `each model's own program checks its settings`() throws {
      try preset(
        #".models = {anyorder: {}, mine: {stage: "distill", from: "anyorder", settings: "anyorder-long"}} | .arms = {a: {model: "mine", order: "random", teacher: ""}} | .editing.arms = {}"#
      )
      let result = try place.fakeMake("tokenizer", "PRESET=own.json")
      #expect(result.code == 0, "\(result.text)")
      let calls = place.calls()
      #expect(calls.contains("distill --check-settings --config work/own/config/mine.json"), "\(calls)")
      #expect(calls.contains("train-anyorder --check-settings --config work/own/config/anyorder.json"))
    }

    @Test(arguments: [
      (".models = []", "'models' must be an object of models by name, found []: name at least one."),
      (#".models = {"a b": {stage: "distill"}}"#, "names a model 'a b': expected small letters"),
      (#".models = {"../x": {stage: "distill"}}"#, "names a model '../x': expected small letters"),
      (#".models = {orders: {stage: "distill"}}"#, "names a model 'orders': expected"),
      (
        ".models = {anyorder: {colour: 1}}",
        "has the unknown key 'models.anyorder.colour': expected only stage, from"
      ),
      (".models = {x: {}}", "lacks the key 'models.x.stage': expected train-anyorder or distill"),
      (
        #".models = {x: {stage: "train"}}"#,
        #"'models.x.stage' must be train-anyorder or distill, found "train""#
      ),
      (
        #".models = {x: {stage: "distill", from: "y"}}"#,
        #"'models.x.from' names no model, found "y": expected one of x"#
      ),
      (
        #".models = {x: {stage: "distill", from: "y"}, y: {stage: "distill", from: "x"}}"#,
        "'models.x' needs itself, by way of x, y"
      ),
      (
        #".models = {x: {stage: "distill"}}"#,
        #"'models.x.from' must name a model, found "", since the stage distill starts from one"#
      ),
      (
        #".models = {x: {stage: "train-anyorder"}}"#,
        "lacks the section 'x': the model 'x' is trained with it"
      ),
      (
        #".models = {anyorder: {}, distill: {objective: "raster"}}"#,
        #"'models.distill.objective' is "raster" and 'distill.objective' is "orders": expected one objective"#
      ),
      (
        #".models = {anyorder: {}, distill: {orders: ""}}"#,
        #"'models.distill.orders' must be "learns" or a rule, found """#
      ),
      (
        #".rules = {next: {by: "nobody"}}"#,
        #"'rules.next.by' must name a model, found "nobody": expected one of anyorder"#
      ),
      (
        #".rules = {next: {static: "columns", by: "anyorder"}}"#,
        #"'rules.next.by' must name a model, and only of a rule that looks at the image"#
      ),
      (
        #".rules = {next: {by: "distill"}} | .models = {anyorder: {}, distill: {orders: "next"}}"#,
        "'models.distill' needs itself"
      ),
      (".models = {anyorder: {orders: \"\"}, distill: {}}", "is \"learns\", but no model extracts orders"),
      (
        ".models = {anyorder: {}, distill: {role: \"hero\"}}",
        "'models.distill.role' must be base, control, specialised, other, raster or fixed, found \"hero\""
      ),
      (".models = {anyorder: {}}", "must be one of anyorder, found \"anyorder-long\""),
    ])
    func `a mistake is one sentence with the preset's file`(filter: String, said: String) throws {
      try preset(filter)
      let result = try place.fakeMake("all", "PRESET=own.json")
      #expect(result.code == 2)
      let lines = result.error.split(separator: "\n")
      #expect(lines.first?.hasPrefix("pipeline/stamp: own.json") == true, "\(result.error)")
      #expect(lines.first?.contains(said) == true, "\(result.error)")
      #expect(place.calls().isEmpty && !place.exists("work/own"))
    }
  }
}
