import Foundation
import TestSupport
import Testing

extension StageTests {
  /// Distilling again from another run's orders.
  @Suite struct FromTests {
    private let order = "work/smoke/orders/orders-00001-of-00002.shard"

    @Test func `another learning rate reuses cached orders and starts nothing upstream`() throws {
      let place = try SmokeRun.copy()
      let arguments = ["distill", "FROM=work/smoke", "RUN=work/slow", "SET=distill.learning_rate=0.0001"]
      let result = try Command.run(place.makeWords(arguments), in: place.path)
      #expect(result.code == 0, "\(result.text)")
      #expect(result.output.split(separator: "\n").count == 1, "one stage ran: \(result.output)")
      let results = try place.results("work/slow")
      #expect(Array(results.keys) == ["distill/model.shard"])
      #expect(results["distill/model.shard"] != (try SmokeRun.finished().results["distill/model.shard"]))
      #expect(try place.results() == SmokeRun.finished().results)

      let again = try place.made("distill", "RUN=work/slow")
      #expect(
        again.output == "make: Nothing to be done for 'distill'.\n",
        "the run remembers where its orders come from")
    }

    @Test func `everything up to the report can be made from another run's parts`() throws {
      let place = try SmokeRun.copy()
      let plan = try place.made("-n", "all", "FROM=work/smoke", "RUN=work/slow")
      #expect(plan.output.contains("score report --run work/slow"))
      #expect(!plan.output.contains("--out work/slow/anyorder/model.shard"))
    }

    @Test func `the same settings from another run's orders give the same model`() throws {
      let place = try SmokeRun.copy()
      try place.made("distill", "FROM=work/smoke", "RUN=work/same")
      let model = try place.results("work/same")["distill/model.shard"]
      #expect(model == (try SmokeRun.finished().results["distill/model.shard"]))
    }

    @Test func `a missing cached order stops at once instead of starting extraction`() throws {
      let place = try SmokeRun.copy()
      try place.remove(order)
      let result = try place.make(
        "distill", "FROM=work/smoke", "RUN=work/slow", "SET=distill.learning_rate=0.0001")
      #expect(result.code == 2)
      #expect(result.error.contains("\(order) is missing, and work/slow takes it from elsewhere"))
      #expect(!place.exists(order))
      #expect(!place.exists("work/slow/distill"))
    }

    @Test func `a damaged cached order is named and left alone`() throws {
      let place = try SmokeRun.copy()
      try place.damage(order)
      let damaged = try place.bytes(order)
      let result = try place.make(
        "distill", "FROM=work/smoke", "RUN=work/slow", "SET=distill.learning_rate=0.0001")
      #expect(result.code == 2)
      #expect(result.error.contains("Error 65"))
      #expect(result.error.contains(order))
      #expect(try place.bytes(order) == damaged)
    }

    @Test func `a setting of a stage that comes from elsewhere is refused`() throws {
      let place = try SmokeRun.copy()
      let result = try place.make("distill", "FROM=work/smoke", "RUN=work/slow", "SET=anyorder.steps=50")
      #expect(result.code == 2)
      #expect(
        result.error.contains("SET changes 'anyorder.steps', but this run takes that stage from elsewhere"))
      #expect(!place.exists("work/slow/config/distill.json"))
    }

    @Test func `orders of other tokens are refused`() throws {
      let place = try SmokeRun.copy()
      try place.made("orders", "PRESET=smoke", "RUN=work/other", "SET=data.seed=9")
      let result = try place.make(
        "distill", "FROM=work/smoke", "RUN=work/mixed", "ORDERS_DIR=work/other/orders")
      #expect(result.code == 2)
      #expect(result.error.contains("Error 65"))
      #expect(!place.exists("work/mixed/distill/model.shard"))
    }
  }
}
