import Formats
import Foundation
import Images
import TestSupport
import Testing

@Suite struct IDXTests {
  private let folder = FixtureFile.folder.appending(path: "idx").path
  private let header: [UInt8] = [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3]

  private func stored(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(filePath: "\(folder)/\(name)")))
  }

  @Test func `gzipped files give shape and values`() throws {
    let images = try IDX(reading: "\(folder)/train-images-idx3-ubyte.gz", dimensions: 3)
    #expect(images.shape == [12, 4, 4])
    #expect(images.values == (0..<192).map { UInt8($0) })
    #expect(
      try IDX(reading: "\(folder)/t10k-labels-idx1-ubyte.gz", dimensions: 1).values == [0, 1, 2, 3, 4, 5])
  }

  @Test func `plain bytes are read as well`() throws {
    let file = try IDX(header + [1, 2, 3, 4, 5, 6], path: "x", dimensions: 3)
    #expect(file.shape == [2, 1, 3])
    #expect(file.values == [1, 2, 3, 4, 5, 6])
  }

  @Test func `a wrong magic number is named in full`() {
    let error = #expect(throws: ImageError.self) { try IDX(header + [1, 2], path: "x", dimensions: 1) }
    #expect(
      error?.description
        == "x is not the IDX file expected here: expected magic number 00 00 08 01 "
        + "(unsigned bytes, 1 dimensions), found 00 00 08 03. Install the data set again.")
    var floats = header
    floats[2] = 0x0D
    #expect(throws: ImageError.self) { try IDX(floats + [1, 2, 3, 4, 5, 6], path: "x", dimensions: 3) }
  }

  @Test(arguments: [0, 3, 15, 16, 21, 23])
  func `a length that differs from the header's is an error`(length: Int) {
    let bytes = Array((header + [1, 2, 3, 4, 5, 6, 7]).prefix(length))
    #expect(throws: ImageError.wrongLength(path: "x", expected: length < 16 ? 16 : 22, found: length)) {
      try IDX(bytes, path: "x", dimensions: 3)
    }
  }

  @Test func `sizes of zero or beyond reason are refused`() {
    for sizes: [UInt8] in [[0, 0, 0, 0], [255, 255, 255, 255]] {
      var bytes = header
      bytes.replaceSubrange(4..<8, with: sizes)
      bytes.replaceSubrange(8..<12, with: [0, 1, 0, 0])
      #expect(throws: ImageError.self) { try IDX(bytes, path: "x", dimensions: 3) }
    }
  }

  @Test func `a truncated or altered gzip file is an error`() throws {
    let whole = try stored("train-images-idx3-ubyte.gz")
    let temporary = try TemporaryFolder()
    for length in 2..<whole.count {
      let path = try temporary.write(Array(whole.prefix(length)), to: "cut.gz")
      #expect(throws: FormatError.truncated(path: path, expected: length + 1, found: length)) {
        try IDX(reading: path, dimensions: 3)
      }
    }
    var altered = whole
    altered[whole.count - 6] ^= 1
    let path = try temporary.write(altered, to: "altered.gz")
    #expect(throws: FormatError.self) { try IDX(reading: path, dimensions: 3) }
    let longer = try temporary.write(whole + [0], to: "longer.gz")
    #expect(throws: FormatError.self) { try IDX(reading: longer, dimensions: 3) }
  }

  @Test func `counts and labels are checked against each other`() throws {
    let temporary = try TemporaryFolder()
    try temporary.write(try stored("train-images-idx3-ubyte.gz"), to: "train-images-idx3-ubyte.gz")
    try temporary.write(try stored("t10k-labels-idx1-ubyte.gz"), to: "train-labels-idx1-ubyte.gz")
    let source = ImageSource.fashionMNIST(path: temporary.path)
    let error = #expect(throws: ImageError.self) {
      try source.load(split: .train, limit: 0, size: 4, channels: 1, seed: 1)
    }
    #expect(error?.description.contains("holds 12 images but") == true)
    let labels: [UInt8] = [0, 0, 8, 1, 0, 0, 0, 12, 0, 1, 2, 3, 4, 10, 0, 0, 0, 0, 0, 0]
    try FileManager.default.removeItem(atPath: "\(temporary.path)/train-labels-idx1-ubyte.gz")
    let path = try temporary.write(labels, to: "train-labels-idx1-ubyte")
    #expect(throws: ImageError.labelOutOfRange(path: path, record: 5, found: 10, classes: 10)) {
      try source.load(split: .train, limit: 0, size: 4, channels: 1, seed: 1)
    }
  }
}
