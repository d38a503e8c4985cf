import Files
import Formats
import Foundation
import Images
import Shards
import TestSupport
import Testing
import Weights

/// The workbench as users run it: `shard` and its subcommands.
@Suite struct ShardToolTests {
  private static let schemas = FixtureFile.folder.appending(path: "schemas").path
  private static let binary = Workplace.binaries + "/shard"
  private static let bad = FixtureFile.folder.appending(path: "bad").path

  private func shard(_ arguments: String...) throws -> Command.Result { try run([Self.binary] + arguments) }

  private func run(_ words: [String]) throws -> Command.Result {
    try Command.run(words, in: Workplace.project)
  }

  /// Whether a line of shell succeeds, for tests that need something installed.
  private static func shell(_ line: String) -> Bool {
    (try? Command.run(["sh", "-c", line], in: "/"))?.code == 0
  }

  private func schema(_ name: String) -> String { "\(Self.schemas)/\(name)-1.shard" }

  @Test func `inspect tells a person what orders hold`() throws {
    let result = try shard("inspect", schema("orders"))
    #expect(result.code == 0 && result.error.isEmpty)
    for text in [
      "3 records", "grid            2x2", "distance d      1.138", "raster 1.138", "first step", "made by",
    ] {
      #expect(result.output.contains(text), "lacks '\(text)'")
    }
    #expect(!result.output.contains("\u{1B}"), "no colour without a terminal")
  }

  @Test(arguments: [
    "tokens", "samples", "features", "weights", "texts", "text-tokenizer", "progress", "static-orders",
  ])
  func `inspect describes every kind`(kind: String) throws {
    let result = try shard("inspect", schema(kind))
    #expect(result.code == 0 && result.output.contains("· \(kind) ·"))
    let json = try shard("inspect", "--json", schema(kind))
    #expect(try JSONValue(parsing: json.output).array?.first?["kind"]?.string == kind)
  }

  @Test func `inspect and verify notice a missing shard of a split`() throws {
    let folder = try TemporaryFolder()
    let orders = try OrderTable(reading: schema("orders"))
    for index in [0, 2] {
      try orders.write(
        to: folder.file(ShardName.file(.orders, index: index, count: 3)), shard: index, of: 3,
        provenance: Provenance(stage: "x", algorithm: 1, configID: "", seed: 0))
    }
    #expect(try shard("inspect", folder.path).output.contains("missing         orders-00001-of-00003.shard"))
    let result = try shard("verify", folder.path)
    #expect(result.code == 66 && result.error.contains("orders-00001-of-00003.shard does not exist"))
    #expect(result.output.split(separator: "\n").count == 2)
  }

  @Test func `inspect notices shards of two runs in one folder`() throws {
    let folder = try TemporaryFolder()
    var table = try OrderTable(reading: schema("orders"))
    for index in 0..<2 {
      table.modelContentID = "\(index)"
      try table.write(
        to: folder.file(ShardName.file(.orders, index: index, count: 2)), shard: index, of: 2,
        provenance: Provenance(stage: "x", algorithm: 1, configID: "", seed: 0))
    }
    let result = try shard("inspect", folder.path)
    #expect(result.code == 65 && result.error.contains("expected the model \"0\" of its neighbours"))
  }

  @Test func `verify checks all files and gives the first bad one's exit code`() throws {
    #expect(try shard("verify", "--quiet", Self.schemas).output.isEmpty)
    let result = try shard("verify", "\(Self.bad)/half.shard", "\(Self.bad)/none.shard", schema("orders"))
    #expect(result.code == 65)
    #expect(result.error.split(separator: "\n").count == 2 && result.output.contains("orders  3 records"))
    #expect(try shard("verify", "\(Self.bad)/none.shard").code == 66)
    let empty = try TemporaryFolder()
    #expect(try shard("verify", empty.path).code == 65)
  }

  @Test func `cat prints records as JSON`() throws {
    let result = try shard("cat", "--column", "order", "--from", "1", "--count", "1", schema("orders"))
    #expect(result.output == "{\"order\":[3,2,1,0]}\n")
    let header = try shard("cat", "--header", schema("weights"))
    #expect(try JSONValue(parsing: header.output)["extra"]?["model"]?["width"]?.int == 3)
    #expect(try shard("cat", "--column", "x", schema("orders")).code == 64)
    let tensors = try shard("cat", schema("weights")).output.split(separator: "\n")
    #expect(tensors.count == 3 && tensors[1] == #"{"name":"half","shape":[2],"values":[1.0,-2.0]}"#)
  }

  @Test func `captions and their tokenizer are shown as words`() throws {
    let texts = try shard("inspect", schema("texts")).output
    for text in [
      "4 records", #"caption 0       "A red shoe"  3 tokens, sample 3"#, "truncated       1 captions",
      "images          3 with captions, 2 without", "4 tokens, 2.0 of them used on average",
    ] {
      #expect(texts.contains(text), "lacks '\(text)': \(texts)")
    }
    let tokenizer = try shard("inspect", schema("text-tokenizer")).output
    #expect(
      tokenizer.contains("420 tokens, 163 merges") && tokenizer.contains(#"first tokens    " s", "ed""#))
    let words = try shard("cat", "--column", "text", "--count", "2", schema("texts"))
    #expect(words.output == "{\"text\":\"A red shoe\"}\n{\"text\":\"réd\"}\n")
  }

  @Test func `a text tokenizer goes out and in as a file of others`() throws {
    let folder = try TemporaryFolder()
    let (file, fixture) = (folder.file("tokenizer.json"), FixtureFile.folder.appending(path: "text").path)
    #expect(try shard("export", "tokenizer", schema("text-tokenizer"), "--out", file).code == 0)
    #expect(try bytes(of: file) == bytes(of: fixture + "/tokenizer-a.json"))
    let back = try shard("import", "tokenizer", file, "--out", folder.file("a.shard"))
    #expect(back.code == 0 && back.output.contains("420 tokens"))
    #expect(
      try ShardHeader.peek(folder.file("a.shard")).contentID
        == ShardHeader.peek(schema("text-tokenizer")).contentID)
    let clip = try shard(
      "import", "tokenizer", fixture + "/clip-a.merges.txt", "--out", folder.file("b.shard"))
    #expect(clip.code == 0 && clip.output.contains("605 tokens"))
    let out = try shard("export", "tokenizer", folder.file("b.shard"), "--out", folder.file("b.json"))
    #expect(out.code == 0 && out.output.contains("&amp;"))
    try write(Array(#"{"model": {"type": "WordPiece", "vocab": {}}}"#.utf8), to: folder.file("w.json"))
    let refused = try shard("import", "tokenizer", folder.file("w.json"), "--out", folder.file("c.shard"))
    #expect(refused.code == 65 && refused.error.contains("'model.type' must be BPE, found \"WordPiece\""))
    #expect(try shard("verify", folder.path).code == 0, "nothing was left of what was refused")
    // A sound shard of what cannot be computed.
    try TextTokenizerTable(
      json: Array(#"{"model": {"type": "Unigram", "vocab": {"a": 0}}}"#.utf8), htmlUnescapes: 0,
      vocabularySize: 1, origin: ""
    ).write(
      to: folder.file("d.shard"), provenance: Provenance(stage: "x", algorithm: 1, configID: "", seed: 0))
    #expect(try shard("verify", folder.file("d.shard")).code == 65)
  }

  @Test func `diff ends with 1 only when results differ`() throws {
    #expect(try shard("diff", Self.schemas, Self.schemas).code == 0)
    let folder = try TemporaryFolder()
    var table = try OrderTable(reading: schema("orders"))
    table.confidences[5] += 0.25
    let provenance = Provenance(stage: "other", algorithm: 1, configID: "", seed: 0)
    try table.write(to: folder.file("a.shard"), provenance: provenance)
    let result = try shard("diff", schema("orders"), folder.file("a.shard"))
    #expect(result.code == 1)
    #expect(
      result.output.contains(
        "column 'confidence': 1 of 12 elements differ, by up to 0.25 and by 0.02083 on average over all, "
          + "first in record 1 at element 1: "), "\(result.output)")
    #expect(
      result.output.contains(
        "summary: 1 of 3 records differ (1); 1 of 27 numbers; floating-point ones by up to 0.25, "
          + "0.02083 on average; 4 of the provenance, which do not count\n"), "\(result.output)")
    #expect(try shard("diff", "--tolerance", "0.3", schema("orders"), folder.file("a.shard")).code == 0)
    #expect(try shard("diff", schema("orders"), Self.schemas).code == 64)
  }

  @Test func `diff sums up records, numbers and facts, of the records that both have`() throws {
    let folder = try TemporaryFolder()
    let provenance = Provenance(stage: "sample", algorithm: 1, configID: "", seed: 0)
    // Ids above 2^53, which differ by less than double precision tells apart.
    let big = UInt64(1) << 60
    let labels: [UInt32] = [0, 1, 2, 0, 1, 2]
    var table = TokenTable(
      sampleIDs: (0..<6).map { big + $0 }, labels: labels, tokens: [UInt16](repeating: 7, count: 24),
      gridHeight: 2, gridWidth: 2, codebookSize: 9, codebook: "c", classNames: ["a", "b", "c"],
      split: "train")
    let names = ["left", "right"]
    for name in names {
      try FileManager.default.createDirectory(
        atPath: folder.file(name), withIntermediateDirectories: true)
      for index in 0..<2 {
        if name == "right" && index == 1 {
          table.tokens[4] = 8
          table.tokens[5] = 8
          table.tokens[8] = 6
          table.sampleIDs[4] = big + 17
          table.codebook = "d"
        }
        try table.write(
          to: folder.file(name + "/" + ShardName.file(.tokens, index: index, count: 2)), shard: index, of: 2,
          provenance: provenance)
      }
    }
    let result = try shard("diff", folder.file("left"), folder.file("right"))
    #expect(result.code == 1)
    for line in [
      "column 'token': 3 of 24 elements differ (87.5 % equal), first in record 1 at element 0: 7 -> 8",
      "column 'sample_id': 1 of 6 elements differ (83.33 % equal), first in record 4 at element 0: "
        + "\(big + 4) -> \(big + 17)",
      "summary: 3 of 6 records differ (1-2, 4); 4 of 36 numbers; 1 fact of the header\n",
      "in all: 1 of 2 pairs of shards differ, in 3 of 12 records\n",
    ] {
      #expect(result.output.contains(line), "lacks '\(line)': \(result.output)")
    }
    // One record less: the others are compared.
    let shorter = TokenTable(
      sampleIDs: Array(table.sampleIDs.dropLast()), labels: [0, 1, 2, 0, 1],
      tokens: Array(table.tokens.dropLast(4)), gridHeight: 2, gridWidth: 2, codebookSize: 9, codebook: "d",
      classNames: ["a", "b", "c"], split: "train")
    try shorter.write(to: folder.file("short.shard"), shard: 1, of: 2, provenance: provenance)
    let short = try shard(
      "diff", folder.file("right/" + ShardName.file(.tokens, index: 1, count: 2)), folder.file("short.shard"))
    #expect(short.code == 1)
    #expect(
      short.output.contains("summary: all numbers that both have are the same; 1 fact of the header"),
      "\(short.output)")
    #expect(short.output.contains("records: 6 -> 5"))
  }

  @Test func `agreement compares orders of the same images`() throws {
    let folder = try TemporaryFolder()
    var table = try OrderTable(reading: schema("orders"))
    table.orders[0..<4] = [1, 0, 2, 3]
    table.lazy = .init(refresh: 3, candidates: 2)
    let provenance = Provenance(stage: "extract-orders", algorithm: 1, configID: "", seed: 0)
    try table.write(to: folder.file("lazy.shard"), provenance: provenance)
    let result = try shard("agreement", schema("orders"), folder.file("lazy.shard"))
    // One of three orders has one of its six pairs the other way round: tau is 1 - 2/6 there.
    for text in [
      "3 images", ", exact", ", lazy: all locations every 3 steps, 2 in between", "0.8889 ± 0.1925",
      "lowest 0.6667", "83.3 %", "equal orders    2",
    ] {
      #expect(result.output.contains(text), "lacks '\(text)': \(result.text)")
    }
    #expect(try shard("inspect", folder.file("lazy.shard")).output.contains("extraction      lazy: all"))
    let json = try shard("agreement", "--json", schema("orders"), schema("orders"))
    #expect(try JSONValue(parsing: json.output)["equal_orders"]?.int == 3)
    #expect(try shard("agreement", schema("orders"), schema("orders"), "--tokens", "x").code == 64)
    table.tokensContentID = "other"
    try table.write(to: folder.file("other.shard"), provenance: provenance)
    let other = try shard("agreement", schema("orders"), folder.file("other.shard"))
    #expect(other.code == 65 && other.error.contains("expected orders of the images and tokens of"))
  }

  @Test func `weights survive the way to safetensors and back`() throws {
    let folder = try TemporaryFolder()
    let fixture = try Safetensors(reading: FixtureFile.folder.appending(path: "randar-a.safetensors").path)
    let tensors = fixture.tensors.filter { $0.name.hasPrefix("w.") }.map {
      StoredTensor(String($0.name.dropFirst(2)), $0.type, shape: $0.shape, bytes: $0.bytes)
    }
    try Safetensors(tensors: tensors).write(to: folder.file("official"))
    let imported = try shard(
      "import", "weights", folder.file("official"), "--heads", "4", "--grid", "4x4", "--out",
      folder.file("a.shard"))
    #expect(imported.code == 0, "\(imported.error)")
    let model = try TransformerFile(reading: folder.file("a.shard"))
    #expect(model.model.configuration == RandARFixture.configuration)
    for name in ["b", "c"] {
      #expect(
        try shard("export", folder.file("a.shard"), "--with-facts", "--out", folder.file(name)).code == 0)
    }
    #expect(try Data(contentsOf: folder.url("b")) == Data(contentsOf: folder.url("c")))
    #expect(try Safetensors(reading: folder.file("b")).tensors == Safetensors(tensors: tensors).tensors)
    #expect(try shard("import", "weights", folder.file("b"), "--out", folder.file("d.shard")).code == 0)
    #expect(try ShardHeader.read(folder.file("d.shard")).contentID == model.contentID)
    #expect(
      try WeightsTable(reading: folder.file("d.shard")) == WeightsTable(reading: folder.file("a.shard")))
  }

  @Test func `a code folder becomes token shards`() throws {
    let folder = try TemporaryFolder()
    for image in 0..<5 {
      try writeNPY(
        (0..<8).map { $0 + image }, shape: [2, 4], to: folder.file("codes/\(image % 2)/\(image).npy"))
    }
    let result = try shard(
      "import", "codes", folder.file("codes"), "--codebook-size", "16", "--split", "train", "--shards", "3",
      "--out",
      folder.file("tokens"))
    #expect(result.code == 0, "\(result.error)")
    let tables = try ShardName.list(folder.file("tokens"), kind: .tokens).map { try TokenTable(reading: $0) }
    #expect(tables.flatMap(\.sampleIDs) == Array(0..<10))
    // Both views of an image stay together.
    #expect(tables.map(\.count) == [4, 4, 2])
    #expect(Array(tables[2].tokens(of: 1)) == [8, 9, 10, 11])
    #expect(tables[0].gridHeight == 2 && tables[0].gridWidth == 2 && tables[0].classNames == ["0", "1"])
  }

  @Test func `samples and plain orders are drawn`() throws {
    let folder = try TemporaryFolder()
    #expect(try shard("render", schema("samples"), "--cell", "3", "--out", folder.file("s.png")).code == 0)
    let samples = try PNG.read(folder.file("s.png")).image
    #expect(samples.width == 4 * 6 + 3 * 2 && samples.height == 6)
    #expect(
      try shard("render", schema("orders"), "--cell", "2", "--columns", "2", "--out", folder.file("o.png"))
        .code == 0)
    let orders = try PNG.read(folder.file("o.png")).image
    #expect(orders.width == 4 + 2 + 4 && orders.height == 4 + 2 + 4)
    #expect(try shard("render", schema("weights"), "--out", folder.file("w.png")).code == 65)
    #expect(try shard("render", schema("tokens"), "--out", folder.file("t.png")).code == 64)
    #expect(folder.names == ["o.png", "s.png"])
  }

  /// Files are limited to 1 kB in the child, so that writing fails in the middle as on a full disk.
  @Test func `a failed write leaves the old file and nothing else`() throws {
    let folder = try TemporaryFolder()
    let values = (0..<50_000).map {
      Float(bitPattern: 0x3f80_0000 | UInt32(truncatingIfNeeded: $0 &* 2_654_435_761) >> 9)
    }
    try Safetensors(
      tensors: [StoredTensor(NamedTensor("a", shape: [50_000], values: values))],
      metadata: ["oar.kind": "weights", "oar.extra": #"{"model":{}}"#]
    ).write(to: folder.file("big"))
    try WeightsTable(tensors: [], model: [:]).write(
      to: folder.file("old.shard"),
      provenance: Provenance(stage: "shard import", algorithm: 1, configID: "", seed: 0))
    for old in [[], Array(try Data(contentsOf: folder.url("old.shard")))] {
      if !old.isEmpty { try Data(old).write(to: folder.url("out/a.shard")) }
      let script = "ulimit -f 1; trap '' XFSZ; exec \"$0\" import weights \"$1\" --out \"$2\""
      let result = try run([
        "bash", "-c", script, Self.binary, folder.file("big"), folder.file("out/a.shard"),
      ])
      #expect(result.code == 74, "\(result.error)")
      #expect(result.error.contains("Free some space"))
      let left = try FileManager.default.contentsOfDirectory(atPath: folder.file("out"))
      #expect(left == (old.isEmpty ? [] : ["a.shard"]))
      if !old.isEmpty { #expect(try Data(contentsOf: folder.url("out/a.shard")) == Data(old)) }
    }
  }

  @Test(.enabled(if: shell("command -v zstdcat jq"), "NOT TESTED: zstdcat and jq are missing"))
  func `standard tools show the header and the content id`() throws {
    let script = """
      set -eo pipefail
      zstdcat "$0" | head -n1 | jq -r '.kind, .records, .payload_sha256'
      h=$(zstdcat "$0" | head -n1 | wc -c); zstdcat "$0" | tail -c +$((h+1)) | sha256sum | cut -d' ' -f1
      """
    let result = try run(["bash", "-c", script, schema("orders")])
    let id = try ShardHeader.peek(schema("orders")).contentID
    #expect(result.output == "orders\n3\n\(id)\n\(id)\n", "\(result.error)")
  }

  @Test(
    .enabled(
      if: shell("command -v zstd && python3 -c 'import numpy'"), "NOT TESTED: zstd or NumPy is missing"))
  func `the NumPy reader reads good files and refuses bad ones`() throws {
    let script = FixtureFile.folder.appending(path: "../../pipeline/read_shard.py").standardized.path
    let result = try run(["python3", script, schema("orders"), "order"])
    #expect(result.output == "[[0 1 2 3]\n [3 2 1 0]\n [2 0 3 1]]\n", "\(result.error)")
    for name in ["tokens", "samples", "features", "weights"] {
      #expect(try run(["python3", script, schema(name)]).code == 0)
    }
    for name in [
      "half", "bit-flip", "hash-differs", "future-major", "trailing-bytes", "preamble-only", "short",
    ] {
      let result = try run(["python3", script, "\(Self.bad)/\(name).shard"])
      #expect(result.code == 65, "\(name): \(result.error)")
    }
  }
}
