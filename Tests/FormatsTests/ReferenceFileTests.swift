import Files
import Formats
import Foundation
import TestSupport
import Testing

/// Against files that NumPy wrote (`Fixtures/npz`).
@Suite struct ReferenceFileTests {
  private static let mean: [Double] = (0..<6).map { Double($0) / 3 }
  private static let covariance = (0..<36).map { at -> Double in
    let (row, column) = (at / 6, at % 6)
    let outer = Double(row * column) / 7
    return row == column ? outer + Double(row + 1) : outer
  }
  private static let pixels = (0..<180).map { UInt8($0 * 7 % 256) }

  private func fixture(_ name: String) -> String {
    FixtureFile.folder.appending(path: "npz/\(name).npz").path
  }

  @Test(arguments: ["statistics", "statistics-deflated"])
  func `statistics are read to the last bit, stored or deflated`(name: String) throws {
    let file = try ReferenceFile(reading: fixture(name))
    #expect(file.statistics == .init(mean: Self.mean, covariance: Self.covariance))
    #expect(file.spatial == nil && file.images == nil && file.count == nil && file.extractor == nil)
  }

  @Test func `a batch is read with its labels`() throws {
    let file = try ReferenceFile(reading: fixture("batch"))
    let images = try #require(file.images)
    #expect(images.count == 3 && images.height == 4 && images.width == 5)
    #expect(Array(images.pixels) == Self.pixels)
    #expect(Array(images.image(1)) == Array(Self.pixels[60..<120]))
    #expect(file.labels == [2, 0, 1] && file.statistics == nil)
  }

  @Test func `a reference batch holds images and both statistics`() throws {
    let file = try ReferenceFile(reading: fixture("reference"))
    #expect(file.images?.count == 3 && file.labels == nil)
    #expect(file.statistics?.mean == Self.mean)
    #expect(file.spatial?.mean == Self.mean[..<2].map { $0 + 1 })
    #expect(file.spatial?.covariance == [0, 1, 6, 7].map { Self.covariance[$0] + 1 })
  }

  @Test func `Fortran order and single precision are understood`() throws {
    let file = try ReferenceFile(reading: fixture("fortran"))
    #expect(file.statistics?.covariance == [1, 2, 3, 4])
    #expect(file.statistics?.mean == [0, Double(Float(1.0 / 3))])
  }

  @Test(arguments: [
    ("big-endian", "type '>f8'"), ("grey", "arr_0 of bytes [N, H, W, 3], found arr_0 U8 [3, 4, 5]"),
    ("mu-only", "mu of floats [D] with sigma"), ("other-names", "mu and sigma (statistics) or arr_0"),
  ]) func `other arrays are refused with what was found`(name: String, words: String) {
    do {
      _ = try ReferenceFile(reading: fixture(name))
      Issue.record("\(name) was accepted")
    } catch let error as FormatError {
      #expect(error.description.contains(words), "\(error)")
      #expect(error.exitCode == 65)
    } catch { Issue.record("\(error)") }
  }

  @Test func `a file that is no zip archive, or half of one, is refused`() throws {
    let folder = try TemporaryFolder()
    #expect(throws: FormatError.missing(path: folder.file("none.npz"))) {
      try ReferenceFile(reading: folder.file("none.npz"))
    }
    let whole = [UInt8](try Data(contentsOf: URL(filePath: fixture("batch"))))
    var damaged = whole
    damaged[200] ^= 1
    for bytes in [[], Array("no zip".utf8), Array(whole.prefix(whole.count / 2)), damaged] {
      try Data(bytes).write(to: URL(filePath: folder.file("bad.npz")))
      #expect(throws: FormatError.self) { try ReferenceFile(reading: folder.file("bad.npz")) }
    }
  }

  @Test func `what is written reads back, and equal content gives equal bytes`() throws {
    let folder = try TemporaryFolder()
    let file = ReferenceFile(
      statistics: .init(mean: Self.mean, covariance: Self.covariance),
      spatial: .init(mean: [1], covariance: [2]),
      images: .init(count: 3, height: 4, width: 5, pixels: Self.pixels[...]), labels: [2, 0, 1],
      extractor: "lite0-1280, pil-bicubic-224, sha256:ab", count: 3)
    try file.write(to: folder.file("a.npz"))
    try file.write(to: folder.file("b.npz"))
    #expect(try ReferenceFile(reading: folder.file("a.npz")) == file)
    let bytes = try Data(contentsOf: URL(filePath: folder.file("a.npz")))
    #expect(bytes == (try Data(contentsOf: URL(filePath: folder.file("b.npz")))))
    #expect(
      SHA256.hex([UInt8](bytes)) == "59abff1866bbece8ba8310e66ac1e9f90dca9e045164119959dbbc73cd5c2f7b")
  }

  @Test func `entries that need zip64 read back as well`() throws {
    let folder = try TemporaryFolder()
    let source = try ReferenceFile(reading: fixture("batch"))
    let images = try #require(source.images)
    let tensor = StoredTensor("arr_0", .u8, shape: [3, 4, 5, 3], bytes: images.pixels)
    try ZipWriter(plainUpTo: 16).write(
      [
        .init("other.npy", pieces: [NPYFormat.header(of: tensor)[...], tensor.bytes]),
        .init("arr_0.npy", pieces: [NPYFormat.header(of: tensor)[...], tensor.bytes]),
      ], to: folder.file("large.npz"))
    #expect(try ReferenceFile(reading: folder.file("large.npz")).images == images)
  }
}
