import Foundation
import Images
import TestSupport
import Testing

@Suite struct JPEGTests {
  private static let kinds = ["420", "422", "444", "progressive", "grey", "cmyk"]

  private func path(_ name: String) -> String { FixtureFile.folder.appending(path: "jpeg/\(name)").path }
  private func bytes(_ name: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(filePath: path(name))))
  }

  @Test(.enabled(if: JPEG.isAvailable, "NOT TESTED: this build is without the trait JPEG"), arguments: kinds)
  func `pixels are those that Pillow decodes`(kind: String) throws {
    let image = try PictureFile.read(path("\(kind).jpg")).image
    #expect(image == (try PNG.read(path("\(kind).png")).image))
    #expect(image.channels == (kind == "grey" ? 1 : 3))
  }

  @Test(.enabled(if: JPEG.isAvailable, "NOT TESTED: this build is without the trait JPEG"))
  func `a file cut short is damaged wherever it ends`() throws {
    for kind in Self.kinds {
      let whole = try bytes("\(kind).jpg")
      for share in 1..<50 {
        let cut = Array(whole.prefix(whole.count * share / 50))
        #expect(throws: ImageError.self, "\(kind) at \(share)") {
          _ = try PictureFile.decode(cut, path: "a.jpg")
        }
      }
    }
  }

  @Test(.enabled(if: JPEG.isAvailable, "NOT TESTED: this build is without the trait JPEG"))
  func `noise behind the header ends in an error or an image`() throws {
    let whole = try bytes("420.jpg")
    for seed in 0..<300 {
      var spoilt = whole
      for step in 0..<4 {
        spoilt[(seed * 7919 + step * 104_729) % whole.count] = UInt8((seed * 31 + step * 17) % 256)
      }
      if let image = try? PictureFile.decode(spoilt, path: "a.jpg").image {
        #expect(image.pixels.count == image.width * image.height * image.channels)
      }
    }
  }

  @Test func `contents count, not names`() throws {
    let folder = try TemporaryFolder()
    let square = Image(width: 2, height: 2, colour: [7])
    let named = try folder.write(try PNG.encode(square), to: "png-inside.JPEG")
    #expect(try PictureFile.read(named).image == square)
    let text = try folder.write(Array("hello".utf8), to: "text.jpg")
    #expect(throws: ImageError.notJPEG(path: text, found: "68 65 6c 6c 6f")) { try PictureFile.read(text) }
    let inside = try folder.write(try bytes("grey.jpg"), to: "jpeg-inside.png")
    if JPEG.isAvailable {
      #expect(try PictureFile.read(inside).image.width == 37)
    } else {
      #expect(throws: ImageError.withoutJPEG(path: inside)) { try PictureFile.read(inside) }
    }
  }

  @Test func `a build without JPEG says what to install`() {
    let error = ImageError.withoutJPEG(path: "a.jpg")
    #expect(error.description.contains("libturbojpeg0-dev") && error.description.hasPrefix("a.jpg is a JPEG"))
    #expect(error.exitCode == 65)
  }
}
