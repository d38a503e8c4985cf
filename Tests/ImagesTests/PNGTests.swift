import Files
import Foundation
import Images
import Shards
import TestSupport
import Testing

/// The formulas of `Tests/Fixtures/png/make_png_fixtures.py`.
private func value(_ x: Int, _ y: Int, _ channel: Int) -> Int { (37 * x + 59 * y + 83 * channel) % 256 }
private func wide(_ x: Int, _ y: Int, _ channel: Int) -> Int {
  let sample = (7919 * x + 10007 * y + 12289 * channel) % 65536
  return Int((Double(sample) / 257).rounded())
}

private func onWhite(_ sample: Int, _ opacity: Int) -> Int {
  Int((Double(sample * opacity + 255 * (255 - opacity)) / 255).rounded())
}

private func picture(channels: Int, _ pixel: (Int, Int, Int) -> Int) -> Image {
  var pixels = [UInt8]()
  for y in 0..<4 {
    for x in 0..<5 {
      for channel in 0..<channels { pixels.append(UInt8(pixel(x, y, channel))) }
    }
  }
  return Image(width: 5, height: 4, channels: channels, pixels: pixels)
}

private func fixture(_ name: String) -> String {
  FixtureFile.folder.appending(path: "png/\(name).png").path
}

@Suite struct PNGTests {
  @Test(arguments: ["grey", "grey-interlaced", "grey-gamma"])
  func `grey files give their samples as stored`(name: String) throws {
    let decoded = try PNG.read(fixture(name))
    #expect(decoded.image == picture(channels: 1, value))
    #expect(decoded.notes.isEmpty)
  }

  @Test func `few bits are stretched to bytes`() throws {
    #expect(
      try PNG.read(fixture("grey-1-bit")).image == picture(channels: 1) { x, y, _ in (x + y) % 2 * 255 })
    #expect(
      try PNG.read(fixture("grey-4-bit")).image
        == picture(channels: 1) { x, y, _ in value(x, y, 0) / 16 * 17 })
  }

  @Test(arguments: ["rgb", "rgb-interlaced"])
  func `colour files give three channels`(name: String) throws {
    #expect(try PNG.read(fixture(name)).image == picture(channels: 3, value))
  }

  @Test func `sixteen bits are divided by 257 and rounded`() throws {
    let grey = try PNG.read(fixture("grey-16-bit"))
    #expect(grey.image == picture(channels: 1, wide))
    #expect(grey.notes == [.reducedFromSixteenBits])
    #expect(try PNG.read(fixture("rgb-16-bit")).image == picture(channels: 3, wide))
  }

  @Test func `transparency is composited on white with a note`() throws {
    let grey = try PNG.read(fixture("grey-alpha"))
    #expect(grey.image == picture(channels: 1) { x, y, _ in onWhite(value(x, y, 0), value(x, y, 1)) })
    #expect(grey.notes == [.compositedOnWhite])
    let colour = try PNG.read(fixture("rgba"))
    #expect(colour.image == picture(channels: 3) { onWhite(value($0, $1, $2), value($0, $1, 3)) })
    #expect(colour.notes == [.compositedOnWhite])
    let deep = try PNG.read(fixture("rgba-16-bit"))
    #expect(deep.image == picture(channels: 3) { onWhite(wide($0, $1, $2), wide($0, $1, 3)) })
    #expect(deep.notes == [.reducedFromSixteenBits, .compositedOnWhite])
  }

  @Test func `an opaque alpha channel changes nothing`() throws {
    let decoded = try PNG.read(fixture("rgba-opaque"))
    #expect(decoded.image == picture(channels: 3, value))
    #expect(decoded.notes.isEmpty)
  }

  @Test func `palettes are looked up, with and without transparency`() throws {
    func entry(_ x: Int, _ y: Int) -> Int { (x + 2 * y) % 8 }
    #expect(try PNG.read(fixture("palette")).image == picture(channels: 3) { value(entry($0, $1), 0, $2) })
    let opacity = [0, 128, 255, 255, 255, 255, 255, 255]
    let transparent = try PNG.read(fixture("palette-alpha"))
    #expect(
      transparent.image
        == picture(channels: 3) { onWhite(value(entry($0, $1), 0, $2), opacity[entry($0, $1)]) })
    #expect(transparent.notes == [.compositedOnWhite])
  }

  @Test(arguments: [1, 3])
  func `what is written is read back`(channels: Int) throws {
    let folder = try TemporaryFolder()
    let image = picture(channels: channels, value)
    try PNG.write(image, to: "\(folder.path)/image.png")
    let decoded = try PNG.read("\(folder.path)/image.png")
    #expect(decoded.image == image)
    #expect(decoded.notes.isEmpty)
    #expect(try PNG.encode(image) == PNG.encode(image))
  }

  @Test func `every truncation is an error that names the file`() throws {
    let whole = [UInt8](try Data(contentsOf: URL(filePath: fixture("rgba"))))
    for length in 0..<whole.count {
      let error = #expect(throws: ImageError.self) {
        try PNG.decode(Array(whole.prefix(length)), path: "a/b.png")
      }
      let text = try #require(error).description
      #expect(text.hasPrefix("a/b.png is "))
    }
    #expect(throws: ImageError.truncated(path: "x", expected: whole.count, found: whole.count - 3)) {
      try PNG.decode(Array(whole.dropLast(3)), path: "x")
    }
  }

  @Test func `no flipped bit changes a picture silently`() throws {
    let whole = [UInt8](try Data(contentsOf: URL(filePath: fixture("rgb"))))
    let image = try PNG.decode(whole, path: "x").image
    for bit in 0..<whole.count * 8 {
      var bytes = whole
      bytes[bit / 8] ^= 1 << UInt8(bit % 8)
      do {
        let decoded = try PNG.decode(bytes, path: "flipped.png")
        #expect(decoded.image == image || !decoded.notes.isEmpty, "bit \(bit) passed unseen")
      } catch let error as ImageError {
        #expect(error.description.hasPrefix("flipped.png is "), "\(error)")
      }
    }
  }

  @Test func `files that are not PNG and files that do not exist are told apart`() {
    #expect(throws: ImageError.notPNG(path: "x.png", found: "ff d8 ff e0")) {
      try PNG.decode([0xFF, 0xD8, 0xFF, 0xE0], path: "x.png")
    }
    let error = #expect(throws: ImageError.self) { try PNG.read("/nonexistent/x.png") }
    #expect(error?.exitCode == 66)
    #expect(error?.description == "/nonexistent/x.png does not exist. Check the path.")
  }

  @Test func `a header that announces a giant is refused before memory is asked for`() throws {
    var bytes = [UInt8](try Data(contentsOf: URL(filePath: fixture("grey"))))
    bytes.replaceSubrange(16..<24, with: [0, 1, 0, 0, 0, 1, 0, 0])
    #expect(throws: ImageError.tooLarge(path: "x", width: 65536, height: 65536, limit: PNG.pixelLimit)) {
      try PNG.decode(bytes, path: "x")
    }
  }

  @Test func `missing folders are made, and what cannot be written fails with a sentence`() throws {
    let folder = try TemporaryFolder()
    let image = Image(width: 1, height: 1, colour: [0])
    try PNG.write(image, to: "\(folder.path)/new/x.png")
    #expect(try PNG.read("\(folder.path)/new/x.png").image == image)
    let path = "\(folder.path)/new/x.png/y.png"
    let error = #expect(throws: ImageError.self) { try PNG.write(image, to: path) }
    #expect(error?.exitCode == 74)
    #expect(error?.description.hasPrefix("\(path) cannot be written: Not a directory. ") == true)
  }

  @Test func `a side of more than a million pixels is refused, not overflown`() {
    let error = #expect(throws: ImageError.self) {
      try PNG.encode(Image(width: 1_000_001, height: 1, colour: [0]))
    }
    #expect(error?.description.contains("1000001x1 pixels are more than 1000000 along a side") == true)
  }

  @Test(.timeLimit(.minutes(30))) func `a pipe among the pictures is refused, not waited for`() throws {
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/pipe.png"
    try #require(mkfifo(path, 0o600) == 0)
    let error = #expect(throws: FileError.self) { try PictureFile.read(path) }
    #expect(error?.exitCode == 74)
  }
}
