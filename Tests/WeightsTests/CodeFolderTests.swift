import Formats
import Foundation
import Shards
import TestSupport
import Testing
import Weights

@Suite struct CodeFolderTests {
  /// Three images of two classes, two augmentations of four codes each.
  private func folder() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try writeNPY([0, 1, 2, 3, 3, 2, 1, 0], shape: [2, 4], to: folder.file("0/10.npy"))
    try writeNPY([4, 5, 6, 7, 7, 6, 5, 4], shape: [2, 4], to: folder.file("1/2.npy"))
    try writeNPY([8, 9, 8, 9, 9, 8, 9, 8], shape: [2, 4], to: folder.file("0/7.npy"))
    return folder
  }

  private func table(_ codes: CodeFolder, _ range: Range<Int>, size: Int = 10, classes: Int = 2) throws
    -> TokenTable
  {
    try codes.table(
      range, gridHeight: 2, gridWidth: 2, codebookSize: size, codebook: "b",
      classNames: (0..<classes).map(String.init), split: "train")
  }

  @Test func `images come in the sequence of the data set, augmentations beside each other`() throws {
    let folder = try folder()
    let codes = try CodeFolder(folder.path)
    #expect(codes.count == 6 && codes.augmentations == 2 && codes.length == 4)
    let whole = try table(codes, 0..<3)
    #expect(whole.sampleIDs == [4, 5, 14, 15, 20, 21] && whole.views == 2)
    #expect(whole.labels == [1, 1, 0, 0, 0, 0])
    #expect(Array(whole.tokens(of: 1)) == [7, 6, 5, 4] && Array(whole.tokens(of: 4)) == [0, 1, 2, 3])
    let part = try table(codes, 1..<2)
    #expect(part.sampleIDs == [14, 15] && Array(part.tokens(of: 0)) == [8, 9, 8, 9])
    #expect(try table(codes, 3..<3).count == 0)
  }

  @Test func `LlamaGen's two folders are read as RandAR's one`() throws {
    let folder = try TemporaryFolder()
    for (index, label) in [(7, 0), (2, 1)] {
      let codes = (0..<8).map { (index + $0) % 10 }
      try writeNPY(codes, shape: [1, 2, 4], to: folder.file("imagenet256_codes/\(index).npy"))
      try writeNPY([label], shape: [1], to: folder.file("imagenet256_labels/\(index).npy"))
    }
    let codes = try CodeFolder(folder.path)
    #expect(codes.layout == .llamagen && codes.count == 4 && codes.augmentations == 2 && codes.length == 4)
    let whole = try table(codes, 0..<2)
    #expect(whole.sampleIDs == [4, 5, 14, 15] && whole.labels == [1, 1, 0, 0])
    #expect(Array(whole.tokens(of: 0)) == [2, 3, 4, 5] && Array(whole.tokens(of: 3)) == [1, 2, 3, 4])
    #expect(try CodeFolder(folder.file("imagenet256_codes")).entries == codes.entries)
    #expect(try CodeFolder(folder.file("imagenet256_codes/")).count == 4)
    try writeNPY([0], shape: [1], to: folder.file("other_codes/1.npy"))
    try writeNPY([0], shape: [1], to: folder.file("other_labels/1.npy"))
    #expect(throws: FormatError.self) { try CodeFolder(folder.path) }
    try FileManager.default.removeItem(atPath: folder.file("imagenet256_labels/2.npy"))
    #expect(throws: FormatError.missing(path: folder.file("imagenet256_labels/2.npy"))) {
      try CodeFolder(folder.file("imagenet256_codes"))
    }
  }

  @Test(arguments: CodeFolder.Layout.allCases)
  func `what is written is read back`(layout: CodeFolder.Layout) throws {
    let folder = try folder()
    let whole = try table(CodeFolder(folder.path), 0..<3)
    let place = try TemporaryFolder()
    let out = place.file("codes")
    let writer = try CodeFolderWriter(out, layout: layout, augmentations: 2, name: "x8")
    try writer.append(whole, from: "tokens")
    #expect(!FileManager.default.fileExists(atPath: out))
    try writer.publish()
    let back = try CodeFolder(out)
    #expect(back.layout == layout && writer.count == 3)
    #expect(try table(back, 0..<3) == whole)
    #expect(try FileManager.default.contentsOfDirectory(atPath: place.path) == ["codes"])
    #expect(throws: FormatError.self) {
      try CodeFolderWriter(out, layout: layout, augmentations: 2, name: "x8")
    }
  }

  @Test func `samples that are not whole images leave nothing`() throws {
    let folder = try folder()
    // As of a shard from before there were views, which was cut in the midst of an image.
    let whole = try table(CodeFolder(folder.path), 0..<2)
    let part = TokenTable(
      sampleIDs: Array(whole.sampleIDs[1...]), labels: Array(whole.labels[1...]),
      tokens: Array(whole.tokens[4...]), gridHeight: 2, gridWidth: 2, codebookSize: 10, codebook: "b",
      classNames: whole.classNames, split: "train")
    let place = try TemporaryFolder()
    do {
      let writer = try CodeFolderWriter(place.file("codes"), layout: .randar, augmentations: 2, name: "x8")
      #expect(throws: FormatError.self) { try writer.append(part, from: "tokens") }
      let other = try CodeFolderWriter(place.file("codes"), layout: .randar, augmentations: 1, name: "x8")
      try other.append(part, from: "tokens")
    }
    #expect(try FileManager.default.contentsOfDirectory(atPath: place.path).isEmpty)
  }

  @Test func `codes, classes and shapes that do not fit are refused`() throws {
    let folder = try folder()
    let codes = try CodeFolder(folder.path)
    #expect(throws: FormatError.self) { try table(codes, 0..<3, size: 9) }
    #expect(throws: FormatError.self) { try table(codes, 0..<3, classes: 1) }
    try writeNPY([1, 2, 3, 4], shape: [1, 4], to: folder.file("1/11.npy"))
    let uneven = try CodeFolder(folder.path)
    #expect(throws: FormatError.self) { try table(uneven, 0..<4) }
  }

  @Test func `names that are not numbers, repeated images and empty folders are refused`() throws {
    let folder = try folder()
    #expect(throws: FormatError.self) { try CodeFolder(folder.file("none")) }
    #expect(throws: FormatError.self) { try CodeFolder(folder.file("0/7.npy")) }
    try writeNPY([0, 1, 2, 3], shape: [1, 4], to: folder.file("1/10.npy"))
    #expect(throws: FormatError.self) { try CodeFolder(folder.path) }
    let other = try TemporaryFolder()
    #expect(throws: FormatError.self) { try CodeFolder(other.path) }
    try writeNPY([0], shape: [1, 1], to: other.file("cats/1.npy"))
    #expect(throws: FormatError.self) { try CodeFolder(other.path) }
  }
}
