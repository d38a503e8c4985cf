import Foundation
import Metrics
import TestSupport
import Testing

/// The table "Metrics beside the field's tools" of pipeline/RESULTS.md, computed from the fixture.
/// `UPDATE_SNAPSHOTS=1 swift test -c release --filter FieldToolsTable` writes it anew.
@Suite struct FieldToolsTableTests {
  private static let path = FixtureFile.folder.deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "pipeline/RESULTS.md")
  private static let header =
    "| case | real x fake x D | metric | ours | tool | the tool's value | difference |"

  @Test func `the table in the results is what the code computes`() throws {
    let table = [Self.header, "|---|---|---|---|---|---|---|"] + (try rows())
    var lines = try String(contentsOf: Self.path, encoding: .utf8).components(separatedBy: "\n")
    let start = try #require(lines.firstIndex(of: Self.header))
    let end = lines[start...].firstIndex { !$0.hasPrefix("|") } ?? lines.count
    if ProcessInfo.processInfo.environment["UPDATE_SNAPSHOTS"] != nil {
      lines.replaceSubrange(start..<end, with: table)
      try lines.joined(separator: "\n").write(to: Self.path, atomically: true, encoding: .utf8)
    } else {
      #expect(Array(lines[start..<end]) == table)
    }
  }

  private func rows() throws -> [String] {
    let fixture = try MetricsFixture()
    var rows = [String]()
    for name in ["full", "lowrank", "identical", "duplicates", "constant_fake", "dim1"] {
      let (real, fake) = (try fixture.features("\(name).real"), try fixture.features("\(name).fake"))
      let place = "\(name.replacing("_", with: " ")) | \(real.count) x \(fake.count) x \(real.dimension)"
      let distance = try FrechetDistance(generated: fake, reference: real).raw
      for tool in ["pytorch_fid", "torch_fidelity"] where fixture.has(name, "fid_\(tool)") {
        let value = fixture.number(name, "fid_\(tool)")
        rows.append(Self.row(place, "FID", distance, tool, value))
      }
      guard fixture.has(name, "exact_k3") else { continue }
      if fixture.has(name, "kid") {
        let found = try KernelDistance.subsets(
          generated: fake, reference: real, count: Int(fixture.number(name, "kid", "subsets")),
          size: Int(fixture.number(name, "kid", "size")))
        rows.append(
          Self.row(place, "KID", found.mean, "torch_fidelity", fixture.number(name, "kid", "mean")))
        rows.append(
          Self.row(place, "KID σ", found.deviation, "torch_fidelity", fixture.number(name, "kid", "std")))
      }
      let found = try NeighbourCoverage(generated: fake, reference: real, k: 3)
      for (metric, value) in [
        ("precision", found.inclusive.precision), ("recall", found.inclusive.recall),
      ] {
        let theirs = fixture.number(name, "torch_fidelity_pr_k3", metric)
        rows.append(Self.row(place, metric + ", k = 3", value, "torch_fidelity", theirs))
      }
      for (metric, value) in [("density", found.strict.density), ("coverage", found.strict.coverage)] {
        rows.append(
          Self.row(place, metric + ", k = 3", value, "prdc", fixture.number(name, "prdc_k3", metric)))
      }
    }
    return rows + (try scores(fixture))
  }

  private func scores(_ fixture: MetricsFixture) throws -> [String] {
    let shape = fixture.file.shape("is.logits")
    let logits = try FeatureSet("logits", dimension: shape[1], values: fixture.file.floats("is.logits"))
    let place = "logits | – x \(shape[0]) x \(shape[1])"
    func row(_ metric: String, _ division: InceptionScore.Division, _ tool: String, _ path: String...) throws
      -> String
    {
      let keys = ["is"] + path
      return Self.row(
        place, metric, try InceptionScore(logits: logits, division: division).mean, tool,
        keys.count == 2 ? fixture.number(keys[0], keys[1]) : fixture.number(keys[0], keys[1], keys[2]))
    }
    return [
      try row(
        "IS, 10 splits", .shuffled(splits: 10, seed: 2020), "torch_fidelity",
        "torch_fidelity.splits10.shuffleTrue", "mean"),
      try row(
        "IS, 10 splits in order", .inOrder(splits: 10), "torch_fidelity",
        "torch_fidelity.splits10.shuffleFalse", "mean"),
      try row(
        "IS, chunks of 200", .chunks(of: 200), "guided_diffusion", "guided_diffusion.split_size200(float32)"),
    ]
  }

  private static func row(
    _ place: String, _ metric: String, _ ours: Double, _ tool: String, _ theirs: Double
  ) -> String {
    let difference = ours - theirs
    // Differences in the last bits depend on the machine.
    let shown = abs(difference) < 1e-11 ? "below 1e-11" : String(format: "%+.0e", difference)
    return
      "| \(place) | \(metric) | \(number(ours)) | \(tool.replacing("_", with: "-")) | \(number(theirs)) | "
      + "\(shown) |"
  }

  private static func number(_ value: Double) -> String {
    abs(value) < 1e-11 ? "0" : String(format: "%.8f", value)
  }
}
