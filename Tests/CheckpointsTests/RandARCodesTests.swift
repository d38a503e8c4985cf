import Checkpoints
import Shards
import TestSupport
import Testing

@Suite struct RandARCodesTests {
  /// Three images of two classes, two augmentations of four codes each.
  private func folder() throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    try writeNPY([0, 1, 2, 3, 3, 2, 1, 0], shape: [2, 4], to: folder.file("0/10.npy"))
    try writeNPY([4, 5, 6, 7, 7, 6, 5, 4], shape: [2, 4], to: folder.file("1/2.npy"))
    try writeNPY([8, 9, 8, 9, 9, 8, 9, 8], shape: [2, 4], to: folder.file("0/7.npy"))
    return folder
  }

  private func table(_ codes: RandARCodes, _ range: Range<Int>, size: Int = 10, classes: Int = 2) throws
    -> TokenTable
  {
    try codes.table(
      range, gridHeight: 2, gridWidth: 2, codebookSize: size, codebook: "b",
      classNames: (0..<classes).map(String.init), split: "train")
  }

  @Test func `images come in the sequence of the data set, augmentations beside each other`() throws {
    let folder = try folder()
    let codes = try RandARCodes(folder.path)
    #expect(codes.count == 6 && codes.augmentations == 2 && codes.length == 4)
    let whole = try table(codes, 0..<6)
    #expect(whole.sampleIDs == [4, 5, 14, 15, 20, 21])
    #expect(whole.labels == [1, 1, 0, 0, 0, 0])
    #expect(Array(whole.tokens(of: 1)) == [7, 6, 5, 4] && Array(whole.tokens(of: 4)) == [0, 1, 2, 3])
    let part = try table(codes, 1..<3)
    #expect(part.sampleIDs == [5, 14] && Array(part.tokens(of: 1)) == [8, 9, 8, 9])
    #expect(try table(codes, 6..<6).count == 0)
  }

  @Test func `codes, classes and shapes that do not fit are refused`() throws {
    let folder = try folder()
    let codes = try RandARCodes(folder.path)
    #expect(throws: CheckpointError.self) { try table(codes, 0..<6, size: 9) }
    #expect(throws: CheckpointError.self) { try table(codes, 0..<6, classes: 1) }
    try writeNPY([1, 2, 3, 4], shape: [1, 4], to: folder.file("1/11.npy"))
    let uneven = try RandARCodes(folder.path)
    #expect(throws: CheckpointError.self) { try table(uneven, 0..<8) }
  }

  @Test func `names that are not numbers, repeated images and empty folders are refused`() throws {
    let folder = try folder()
    #expect(throws: CheckpointError.self) { try RandARCodes(folder.file("none")) }
    #expect(throws: CheckpointError.self) { try RandARCodes(folder.file("0/7.npy")) }
    try writeNPY([0, 1, 2, 3], shape: [1, 4], to: folder.file("1/10.npy"))
    #expect(throws: CheckpointError.self) { try RandARCodes(folder.path) }
    let other = try TemporaryFolder()
    #expect(throws: CheckpointError.self) { try RandARCodes(other.path) }
    try writeNPY([0], shape: [1, 1], to: other.file("cats/1.npy"))
    #expect(throws: CheckpointError.self) { try RandARCodes(other.path) }
  }
}
