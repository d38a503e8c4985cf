import Files
import Foundation
import TestSupport
import Testing

extension StageTests {
  /// The benchmark on a tiny model: what it reports, never how fast.
  @Suite struct BenchmarkTests {
    private static let tiny = [
      "--width", "16", "--layers", "2", "--heads", "2", "--codes", "24", "--grid", "3", "--classes", "4",
      "--threads", "2",
    ]

    private func run(_ words: [String], in folder: TemporaryFolder) throws -> Command.Result {
      try Command.run([Workplace.binaries + "/benchmark"] + words, in: folder.path)
    }

    private func json(_ path: String) throws -> JSONValue {
      try JSONValue(parsing: Array(try Data(contentsOf: URL(filePath: path))))
    }

    @Test func `the table has every work, and says why ratios are missing`() throws {
      let folder = try TemporaryFolder()
      let table = try run(
        ["table", "--batch", "2", "--images", "2", "--pictures", "2", "--repetitions", "1", "--rest", "0"]
          + [
            "--precision", "float32", "--python", "no-such-python", "--json", "t.json", "--markdown", "t.md",
          ]
          + Self.tiny, in: folder)
      #expect(table.code == 0, "\(table.text)")
      #expect(table.output.contains("No ratios to PyTorch: no-such-python cannot import torch"))
      #expect(try String(contentsOfFile: folder.file("t.md"), encoding: .utf8) == table.output)
      let numbers = try json(folder.file("t.json"))
      let works = try #require(numbers["works"]?.array)
      #expect(
        works.compactMap { $0["id"]?.string } == [
          "train", "extract", "extract-policy", "random", "random-one", "random-guided", "policy",
          "policy-one",
          "greedy", "greedy-guided", "encode", "decode", "features",
        ])
      for work in works {
        let result = work["ordered_ar"]?["float32"]
        #expect((result?["rate"]?.double ?? 0) > 0 && (result?["share_of_peak"]?.double ?? 0) > 0)
        #expect((result?["peak_bytes"]?.int ?? 0) > 1 << 20)
      }
      #expect(numbers["pytorch"]?["absent"]?.string?.isEmpty == false)
    }

    @Test func `all greedy variants give the same image, with and without a cache`() throws {
      let folder = try TemporaryFolder()
      let latency = try run(
        ["latency", "--repetitions", "1", "--precision", "float32", "--json", "l.json"] + Self.tiny,
        in: folder)
      #expect(latency.code == 0, "\(latency.text)")
      let rows = try #require(try json(folder.file("l.json"))["rows"]?.array)
      #expect(rows.count == 5)
      let raster = rows.prefix(2).map { $0["tokens"]?.ints }
      #expect(raster[0] == raster[1] && raster[0]?.count == 9)
      for row in rows.suffix(3) {
        #expect(row["tokens"] == rows[2]["tokens"])
        #expect(row["order"]?.ints?.sorted() == Array(0..<9))
      }
    }

    @Test func `growth is looked at after the warm-up and after every tenth of the steps`() throws {
      let folder = try TemporaryFolder()
      let growth = try run(
        ["growth", "--batch", "2", "--warm-up", "3", "--steps", "20", "--precision", "float32"]
          + ["--json", "g.json"] + Self.tiny, in: folder)
      #expect(growth.code == 0, "\(growth.text)")
      let looks = try #require(try json(folder.file("g.json"))["float32"]?.array)
      #expect(looks.compactMap { $0["step"]?.int } == stride(from: 3, through: 23, by: 2).map { $0 })
      #expect(looks.allSatisfy { ($0["in_use_bytes"]?.int ?? 0) > 0 })
    }

    @Test func `the scale check fails above its memory limit and says so`() throws {
      let folder = try TemporaryFolder()
      let sizes = ["--width", "64", "--layers", "2", "--heads", "2", "--codes", "32", "--grid", "3"]
      let good = try run(["scale", "--classes", "4", "--extraction-steps", "2"] + sizes, in: folder)
      #expect(
        good.code == 0 && good.output.contains("extrapolated from its first 2 of 9 steps"), "\(good.text)")
      let bad = try run(["scale", "--classes", "4", "--limit", "0.001"] + sizes, in: folder)
      #expect(bad.code == 1 && bad.output.contains("ABOVE"), "\(bad.text)")
    }

    @Test func `curves are drawn`() throws {
      let folder = try TemporaryFolder()
      let curves = try run(
        ["curves", "--grids", "2", "3", "--batches", "1", "2", "--widths", "64", "--images", "2"]
          + ["--repetitions", "1", "--precision", "float32", "--svg", "c.svg", "--json", "c.json"]
          + Self.tiny,
        in: folder)
      #expect(curves.code == 0, "\(curves.text)")
      #expect(try String(contentsOfFile: folder.file("c.svg"), encoding: .utf8).hasSuffix("</svg>\n"))
      let found = try #require(try json(folder.file("c.json"))["curves"]?.array)
      #expect(found.compactMap { $0["id"]?.string } == ["tokens", "batch", "width", "threads"])
      #expect(found.map { $0["points"]?.array?.count } == [6, 6, 3, 6])
    }

    @Test func `a work that does not exist is a wrong command line`() throws {
      let folder = try TemporaryFolder()
      let result = try run(["once", "nothing"] + Self.tiny, in: folder)
      #expect(result.code == 64 && result.error.contains("choose one of train, extract"))
    }
  }
}
