import Files
import Foundation
import Shards
import TestSupport
import Testing

/// Every file of Tests/Fixtures/bad is refused with the right error; reading never gets as far as a table.
@Suite struct BadShardTests {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appending(path: "Fixtures/bad").path

  enum Expected: String, Sendable {
    case notAShard, unsupportedVersion, truncated, trailingBytes, corrupt, malformed, mismatch
  }

  static let files: [String: Expected] = [
    "not-a-shard": .notAShard, "short": .notAShard, "empty": .notAShard, "magic": .notAShard,
    "future-major": .unsupportedVersion, "unknown-flag": .unsupportedVersion,
    "future-schema": .unsupportedVersion,
    "preamble-only": .truncated, "frame-header-cut": .truncated, "half": .truncated,
    "last-byte-missing": .truncated,
    "trailing-bytes": .trailingBytes, "second-frame": .trailingBytes,
    "bit-flip": .corrupt, "checksum-flip": .corrupt, "frame-magic-flip": .corrupt, "hash-differs": .corrupt,
    "preamble-length": .malformed, "sizes-differ": .malformed, "absurd-size": .malformed,
    "no-checksum": .malformed,
    "no-content-size": .malformed, "header-not-json": .malformed, "header-repeated-key": .malformed,
    "header-unpadded": .malformed, "header-endless": .malformed, "header-no-line-feed": .malformed,
    "unknown-format": .malformed, "version-differs": .malformed, "unknown-kind": .malformed,
    "no-provenance": .malformed, "no-records": .malformed, "shard-index": .malformed,
    "negative-records": .malformed, "fractional-records": .malformed, "payload-bytes": .malformed,
    "columns-hole": .malformed, "columns-overlap": .malformed, "columns-share-bytes": .malformed,
    "columns-unaligned": .malformed,
    "columns-beyond-payload": .malformed, "columns-before-end": .malformed, "column-bytes": .malformed,
    "column-shape": .malformed, "column-overflow": .malformed, "column-overflow-to-zero": .malformed,
    "column-dtype": .malformed, "column-twice": .malformed, "padding-not-zero": .malformed,
    "weights-in-records": .malformed, "no-grid": .malformed, "grid-enormous": .malformed,
    "lazy-zero": .malformed, "edit-no-task": .malformed, "part-of-one": .malformed,
    "known-not-first": .mismatch, "known-two": .mismatch, "mask-missing": .mismatch,
    "original-shape": .mismatch,
    "wrong-kind": .mismatch, "order-repeats": .mismatch, "order-outside": .mismatch,
    "order-length": .mismatch,
    "order-dtype": .mismatch, "order-missing": .mismatch, "confidence-nan": .mismatch,
    "sample-twice": .mismatch,
    "views-one": .malformed, "views-of-two-images": .mismatch, "views-of-two-classes": .mismatch,
    "views-cut": .mismatch,
    "token-above-codebook": .mismatch, "label-above-classes": .mismatch, "feature-infinite": .mismatch,
    "weights-of-integers": .mismatch, "weights-nan": .mismatch, "weights-half-infinite": .mismatch,
    "minor-differs": .malformed, "split-unknown": .malformed,
    "texts-descending": .mismatch, "texts-token-above": .mismatch, "texts-padding-inside": .mismatch,
    "texts-empty-differs": .mismatch, "texts-truncated-above": .mismatch, "texts-without-length": .malformed,
    "texts-not-utf8": .mismatch, "texts-wide": .mismatch, "texts-vocabulary": .malformed,
    "tokenizer-not-json": .mismatch, "tokenizer-vocabulary": .mismatch, "tokenizer-twice": .mismatch,
    "tokenizer-unescapes": .mismatch,
    "progress-step-zero": .malformed, "progress-order-repeats": .mismatch,
    "progress-above-codebook": .mismatch,
    "progress-without-text": .mismatch,
    "static-order-repeats": .mismatch, "static-class-without-order": .mismatch,
    "static-rule-of-words": .malformed,
    "static-no-order": .mismatch, "static-classes-zero": .malformed,
  ]

  private func read(_ path: String, as name: String) throws {
    switch name {
    case "token-above-codebook", "label-above-classes", "split-unknown": _ = try TokenTable(reading: path)
    case "known-not-first", "known-two", "mask-missing", "original-shape", "edit-no-task", "part-of-one":
      _ = try SampleTable(reading: path)
    case "feature-infinite": _ = try FeatureTable(reading: path)
    case "weights-of-integers", "weights-in-records", "weights-nan", "weights-half-infinite":
      _ = try WeightsTable(reading: path)
    case _ where name.hasPrefix("views-"): _ = try TokenTable(reading: path)
    case _ where name.hasPrefix("texts-"): _ = try TextTable(reading: path)
    case _ where name.hasPrefix("progress-"): _ = try ProgressTable(reading: path)
    case _ where name.hasPrefix("static-"): _ = try StaticOrderTable(reading: path)
    case _ where name.hasPrefix("tokenizer-"): _ = try TextTokenizerTable(reading: path)
    default: _ = try OrderTable(reading: path)
    }
  }

  @Test(arguments: files.keys.sorted()) func `a bad file gives its error`(name: String) throws {
    let path = "\(Self.folder)/\(name).shard"
    let error = #expect(throws: ShardError.self) { try read(path, as: name) }
    guard let error else { return }
    let kind = String("\(Mirror(reflecting: error).children.first?.label ?? "")")
    #expect(kind == Self.files[name]?.rawValue, "\(error)")
    #expect(error.exitCode == 65)
    #expect(error.description.hasPrefix(path), "the message starts with the path: \(error)")
    #expect(error.description.hasSuffix("."), "the message is a sentence: \(error)")
  }

  @Test func `every file in the folder is listed here`() throws {
    let names = try FileManager.default.contentsOfDirectory(atPath: Self.folder).filter {
      $0.hasSuffix(".shard")
    }
    #expect(Set(names.map { String($0.dropLast(6)) }) == Set(Self.files.keys))
  }

  @Test func `a missing file names the command that makes it`() {
    let error = #expect(throws: FileError.self) {
      try OrderTable(reading: "work/x/orders/orders-00000-of-00001.shard")
    }
    #expect(error == .missing(path: "work/x/orders/orders-00000-of-00001.shard"))
    #expect(error?.exitCode == 66)
    #expect(error?.description.contains("'make orders'") == true)
    #expect(throws: FileError.missing(path: "/dev/null/x")) { try ShardHeader.peek("/dev/null/x") }
  }

  @Test func `a folder or a device is not read`() throws {
    let folder = try TemporaryFolder()
    let error = #expect(throws: FileError.self) { try ShardHeader.read(folder.path) }
    #expect(error?.exitCode == 74)
    #expect(throws: FileError.self) { try ShardHeader.read("/dev/zero") }
  }

  @Test func `no cut of a good file is taken for a shard`() throws {
    let folder = try TemporaryFolder()
    try Examples.orders.write(to: folder.file("good"), provenance: Examples.provenance)
    let good = try bytes(of: folder.file("good"))
    for length in 0..<good.count {
      try write(Array(good[..<length]), to: folder.file("cut"))
      #expect(throws: ShardError.self, "cut after \(length) bytes") {
        try ShardHeader.read(folder.file("cut"))
      }
    }
  }

  @Test func `no flipped bit goes unnoticed`() throws {
    let folder = try TemporaryFolder()
    try Examples.orders.write(to: folder.file("good"), provenance: Examples.provenance)
    let good = try bytes(of: folder.file("good"))
    for index in good.indices {
      var bad = good
      bad[index] ^= 1 << UInt8(index % 8)
      try write(bad, to: folder.file("bad"))
      guard (try? OrderTable(reading: folder.file("bad"))) != nil else { continue }
      Issue.record("a flipped bit in byte \(index) went unnoticed")
    }
  }
}

/// One file of every released schema stays readable for good.
@Suite struct SchemaTests {
  private func path(_ name: String) -> String {
    BadShardTests.folder.replacingOccurrences(of: "Fixtures/bad", with: "Fixtures/schemas/\(name).shard")
  }

  @Test func `tokens of schema 1 are read`() throws {
    let table = try TokenTable(reading: path("tokens-1"))
    #expect(table.sampleIDs == [3, 5, .max] && table.labels == [0, 1, 1])
    #expect(Array(table.tokens(of: 1)) == [511, 4, 5, 6])
    #expect(table.classNames == ["first", "zweite Klasse: Ä"] && table.codebookSize == 512)
    #expect(table.split == "train" && table.codebook == String(repeating: "b", count: 64))
    #expect(table.views == 1, "an image is one sample unless the shard says otherwise")
  }

  @Test func `views of an image say whose they are`() throws {
    let table = try TokenTable(reading: path("tokens-1-views"))
    #expect(
      table.views == 3 && table.sampleIDs == [6, 7, 8] && table.sampleIDs.map(table.image) == [2, 2, 2])
  }

  @Test func `progress of schema 1 is read`() throws {
    let table = try ProgressTable(reading: path("progress-1"))
    #expect(table.sampleIDs == [7, 8] && table.labels == [1, 0] && table.step == 400)
    #expect(table.tokens == Array(0..<8) && table.orders == [3, 1, 2, 0, 0, 1, 2, 3])
    #expect(table.codebookSize == 8 && table.classNames == ["bag", "shoe"])
    #expect(table.texts?.texts == ["A red shoe", "réd"] && table.texts?.width == 12)
  }

  @Test func `shared orders of schema 1 are read`() throws {
    let table = try StaticOrderTable(reading: path("static-orders-1"))
    #expect(table.count == 2 && table.classes == 2 && table.images == [5, 0, 1, 6])
    #expect(table.orders == [0, 1, 2, 3, 3, 1, 2, 0] && table.gridHeight == 2 && table.gridWidth == 2)
    #expect(table.rule["scope"] == "clusters" && table.modelContentID == "model")
  }

  @Test func `orders of schema 1 are read`() throws {
    let (table, header) = try OrderTable.read(path("orders-1"))
    #expect(Array(table.order(of: 2)) == [2, 0, 3, 1])
    #expect(table.confidences == (0..<12).map { Float($0) / 16 })
    #expect(header.provenance.seed == 7 && header.provenance.inputs.map(\.role) == ["tokens"])
    #expect(header.contentID == table.contentID)
    #expect(table.lazy == nil, "orders are exact unless the shard says otherwise")
  }

  @Test func `lazily extracted orders say so, and count as the same numbers`() throws {
    var (table, header) = try OrderTable.read(path("orders-1-lazy"))
    #expect(table.lazy == .init(refresh: 8, candidates: 4))
    let exact = try OrderTable.read(path("orders-1"))
    #expect(header.contentID == exact.header.contentID)
    table.lazy = nil
    #expect(table == exact.table)
  }

  @Test func `samples of schema 1 are read`() throws {
    let table = try SampleTable(reading: path("samples-1"))
    #expect(Array(table.image(of: 1)) == Array(18..<36))
    #expect(table.imageHeight == 2 && table.imageWidth == 3 && table.imageChannels == 3)
    #expect(table.seed == 1 << 63 && table.arm == "distill-greedy")
    #expect(table.edit == nil && table.known(of: 0) == [false, false, false, false])
  }

  @Test func `completed images say what was known and masked`() throws {
    var table = try SampleTable(reading: path("samples-1-edited"))
    #expect(
      table.known(of: 0) == [false, true, false, true]
        && table.mask(of: 1) == [false, false, true, false, false, true])
    #expect(Array(table.original(of: 1)) == [UInt8](repeating: 200, count: 18))
    #expect(table.edit?.facts == ["task": "inpaint", "pasted": true])
    table.edit = nil
    #expect(try table == SampleTable(reading: path("samples-1")))
  }

  @Test func `features of schema 1 are read`() throws {
    let table = try FeatureTable(reading: path("features-1"))
    #expect(Array(table.feature(of: 1)) == [3, 4] && table.extractor == "pixels")
  }

  @Test func `weights of schema 1 are read`() throws {
    let table = try WeightsTable(reading: path("weights-1"))
    #expect(
      table["half"]?.values == [1, -2] && table["scale"]?.shape == [] && table["norm.weight"]?.values[1] == -2
    )
    #expect(table.model["width"] == 3 && table.facts == ["step": 12])
  }

  @Test func `texts of schema 1 are read`() throws {
    let table = try TextTable(reading: path("texts-1"))
    #expect(table.sampleIDs == [3, 3, 5, .max] && table.length == 4 && table.vocabularySize == 420)
    #expect(Array(table.tokens(of: 3)) == [278, 347, 362, 295] && table.split == "train")
    #expect(table.texts == ["A red shoe", "réd", "", "a red sho\u{fffd}"])
    #expect(table.remarks == .init(truncated: 1, repaired: 1, empty: 1, uncaptioned: 2))
    #expect(table.tokenizerContentID == String(repeating: "d", count: 64))
  }

  @Test func `text tokenizers of schema 1 are read`() throws {
    let table = try TextTokenizerTable(reading: path("text-tokenizer-1"))
    #expect(table.vocabularySize == 420 && table.htmlUnescapes == 0 && table.origin == "a fixture")
    #expect(try JSONValue(parsing: table.json)["model"]?["type"] == "BPE")
  }

  @Test func `a newer minor version with more columns and keys is read`() throws {
    #expect(try OrderTable(reading: path("orders-1-newer-minor")) == OrderTable(reading: path("orders-1")))
  }
}
