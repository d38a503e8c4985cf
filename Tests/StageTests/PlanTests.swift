import Files
import Foundation
import TestSupport
import Testing

extension StageTests {
  /// `pipeline/plan`: what a preset would take on a cluster.
  @Suite struct PlanTests {
    private static let rates = #"""
      {"machine": {"processor": "a test", "threads": 2}, "works": [
        {"id": "train", "ordered_ar": {"float32": {"gflops": 100}}},
        {"id": "extract", "ordered_ar": {"float32": {"gflops": 50}}}]}
      """#

    private func plan(_ place: Workplace, _ more: String...) throws -> (Command.Result, JSONValue) {
      try place.write("rates.json", Self.rates)
      let result = try Command.run(
        ["pipeline/plan", "smoke", "--rates", "rates.json", "--json", "plan.json", "--cores", "2"] + more,
        in: place.path, environment: ["BENCHMARK": Workplace.binaries + "/benchmark"])
      let found = try? JSONValue(parsing: place.bytes("plan.json"))
      return (result, found ?? .null)
    }

    private func numbers(_ value: JSONValue?) -> [Double] { value?.array?.compactMap(\.double) ?? [] }

    @Test func `without a network's cost, twice the nodes take half the time`() throws {
      let place = try Workplace()
      let (result, found) = try plan(
        place, "--nodes", "1,2,4", "--latency", "0", "--bandwidth", "1000000", "--memory-bandwidth",
        "1000000",
        "--jitter", "0")
      #expect(result.code == 0, "\(result.text)")
      for name in ["anyorder", "distill", "extract orders"] {
        let hours = numbers(found["hours"]?[name])
        #expect(
          hours.count == 3 && abs(hours[0] / hours[1] - 2) < 1e-3 && abs(hours[0] / hours[2] - 4) < 1e-2,
          "\(hours)")
      }
      // Rates that were not measured are not made up.
      #expect(found["hours"]?["tokenise"]?.array == [.null, .null, .null])
      // 256 images of 49 tokens at 25 GFLOP/s a core and two cores: as many operations as the orders' count says.
      let seconds = numbers(found["hours"]?["extract orders"])[0] * 3600
      #expect(seconds > 0 && seconds < 60, "\(seconds)")
    }

    @Test func `slow messages and uneven nodes cost efficiency, the more the more processes there are`()
      throws
    {
      let place = try Workplace()
      func efficiency(_ more: String...) throws -> [Double] {
        let (result, found) = try plan(place, "--nodes", more[0], "--latency", more[1], "--jitter", more[2])
        #expect(result.code == 0, "\(result.text)")
        return found["efficiency"]?.array?.compactMap { $0["efficiency"]?.double } ?? []
      }
      let slow = try efficiency("1", "20000", "0")
      #expect(slow.count > 3 && slow[0] == 1 && zip(slow, slow.dropFirst()).allSatisfy { $0 > $1 }, "\(slow)")
      let uneven = try efficiency("1", "0", "0.2")
      let even = try efficiency("1", "0", "0")
      #expect(zip(uneven, even).dropFirst(2).allSatisfy { $0 < $1 }, "\(uneven) \(even)")
    }

    @Test func `what is wrong is said in one sentence`() throws {
      let place = try Workplace()
      let (nodes, _) = try plan(place, "--nodes", "0")
      #expect(nodes.code == 64 && nodes.error.contains("--nodes must be numbers"), "\(nodes.text)")
      let (precision, _) = try plan(place, "--precision", "bfloat16")
      #expect(
        precision.code != 0 && precision.error.contains("has no rates in bfloat16"), "\(precision.text)")
      let preset = try Command.run(
        ["pipeline/plan", "nothing"], in: place.path,
        environment: ["BENCHMARK": Workplace.binaries + "/benchmark"])
      #expect(preset.code == 78 && preset.error.contains("there is no preset"), "\(preset.text)")
      let program = try Command.run(
        ["pipeline/plan", "smoke"], in: place.path, environment: ["BENCHMARK": "no-program"])
      #expect(program.code == 66, "\(program.text)")
    }
  }
}
