import Files
import Foundation
import Shards
import StageKit
import TestSupport
import Testing

/// What may be replaced by an output: the stage's own earlier results, and nothing else.
@Suite struct OutputTargetTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func write(_ text: String, to name: String) throws {
    try writeAtomically(Array(text.utf8), to: folder.file(name))
  }

  private func writeOrders(_ name: String, stage: String = "extract-orders") throws {
    try OrderTable(
      sampleIDs: [7], orders: [1, 0, 3, 2], confidences: [0.5, 0.5, 0.5, 1], gridHeight: 2, gridWidth: 2,
      tokensContentID: "ab", modelContentID: "cd"
    ).write(to: folder.file(name), provenance: Provenance(stage: stage, algorithm: 1, configID: "", seed: 0))
  }

  private func check(
    _ name: String, _ content: OutputTarget.Content = .shard(.orders), inputs: [String?] = [],
    stage: String = "extract-orders"
  ) throws {
    try OutputTarget(folder.file(name), content, stage: stage).check(inputs: inputs)
  }

  private func refuses(
    _ name: String, _ words: String, as content: OutputTarget.Content = .shard(.orders),
    inputs: [String?] = [],
    code: Int32 = 64, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    do {
      try check(name, content, inputs: inputs)
      Issue.record("\(name) was taken", sourceLocation: sourceLocation)
    } catch {
      let failure = error as? any StageFailure
      #expect(failure?.exitCode == code, sourceLocation: sourceLocation)
      #expect(failure?.description.contains(words) == true, "\(error)", sourceLocation: sourceLocation)
    }
  }

  @Test func `nothing, an empty file and an own result may be replaced`() throws {
    try check("absent.shard", inputs: [folder.file("also-absent"), nil])
    try write("", to: "empty.shard")
    try check("empty.shard")
    try writeOrders("own.shard")
    try check("own.shard")
    // The header of a damaged one may still tell; where it does not, there is nothing to keep.
    let bytes = try Data(contentsOf: folder.url("own.shard"))
    try bytes.prefix(40).write(to: folder.url("own.shard"))
    try check("own.shard")
  }

  @Test func `an input is not replaced, whatever path or link leads to it`() throws {
    try writeOrders("in.shard")
    try FileManager.default.createSymbolicLink(
      atPath: folder.file("link.shard"), withDestinationPath: "in.shard")
    try FileManager.default.linkItem(atPath: folder.file("in.shard"), toPath: folder.file("hard.shard"))
    for name in ["in.shard", "link.shard", "hard.shard", "./in.shard"] {
      refuses(
        name, "is the input \(folder.file("in.shard"))", inputs: [nil, folder.file("in.shard")])
    }
    try writeOrders("out.shard")
    let around = folder.path + "/../" + URL(filePath: folder.path).lastPathComponent + "/out.shard"
    refuses("out.shard", "is the input \(around)", inputs: [around])
    try write("{}", to: "out.run.json")
    refuses("out.shard", "out.run.json is the input", inputs: [folder.file("out.run.json")])
  }

  @Test func `foreign files are not replaced`() throws {
    try write("notes", to: "notes.txt")
    refuses("notes.txt", "exists and is not a shard of orders made by extract-orders. Give another --out")
    try writeOrders("other.shard", stage: "sample")
    refuses("other.shard", "is not a shard of orders made by extract-orders")
    try writeOrders("own.shard")
    refuses("own.shard", "is not a shard of weights", as: .shard(.weights))
    for content in [OutputTarget.Content.page, .png, .npz, .safetensors, .json(key: "arm")] {
      refuses("notes.txt", "exists and is not", as: content)
    }
    refuses("..", "Cannot replace", code: 74)
  }

  @Test func `a name of another kind or part is refused before it is there`() throws {
    let part = ShardPart(index: 0, count: 2)
    try check("orders-00000-of-00002.shard", .shard(.orders, part: part))
    refuses("orders-00001-of-00002.shard", "expected part 00001-of-00002", as: .shard(.orders, part: part))
    refuses("tokens-00000-of-00002.shard", "found one of orders", as: .shard(.orders, part: part))
  }

  @Test func `results in JSON are told by their provenance and their kind`() throws {
    let content = OutputTarget.Content.json(key: "arm")
    try write(#"{"arm": "a", "provenance": {"stage": "extract-orders"}}"#, to: "own.json")
    try check("own.json", content)
    for text in [
      "{}", #"{"arm": "a"}"#, #"{"arm": "a", "provenance": {"stage": "sample"}}"#,
      #"{"edits": [], "provenance": {"stage": "extract-orders"}}"#, "no JSON",
    ] {
      try write(text, to: "other.json")
      refuses("other.json", "is not a result of this command", as: content)
    }
  }

  @Test func `files of other formats are told by how they begin`() throws {
    for name in ["a.png", "b.html", "c.html", "d.npz", "e.safetensors"] { try write("x", to: name) }
    try Data([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0]).write(to: folder.url("a.png"))
    try check("a.png", .png)
    try write(#"<!DOCTYPE html><meta name="generator" content="OrderedAR">"#, to: "b.html")
    try check("b.html", .page)
    try write("<!DOCTYPE html><p>Made by <code>score report</code> from it", to: "c.html")
    try check("c.html", .page)
    try write("<!DOCTYPE html><p>Mine", to: "c.html")
    refuses("c.html", "is not the page of a report", as: .page)
    let zip = Array("PK".utf8) + [UInt8](repeating: 0, count: 24) + [6, 0, 0, 0] + Array("mu.npy".utf8)
    try Data(zip).write(to: folder.url("d.npz"))
    try check("d.npz", .npz)
    try Data(zip.dropLast() + [0x20]).write(to: folder.url("d.npz"))
    refuses("d.npz", "is not an .npz file", as: .npz)
    try Data([2, 0, 0, 0, 0, 0, 0, 0] + Array("{}".utf8)).write(to: folder.url("e.safetensors"))
    try check("e.safetensors", .safetensors)
  }
}
