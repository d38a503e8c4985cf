import Foundation
import Images
import TestSupport
import Testing

@Suite struct CropTests {
  private func fixture(_ name: String) throws -> Image {
    try PNG.read(FixtureFile.folder.appending(path: "crops/\(name).png").path).image
  }

  @Test(arguments: [("70x45", 16), ("45x70", 11), ("33x32", 16), ("20x29", 24), ("53x31", 15)])
  func `ADM's centre crop equals Pillow's to the byte`(picture: String, size: Int) throws {
    #expect(try fixture(picture).centreCropped(size: size) == fixture("\(picture)-adm-\(size)"))
  }

  @Test(arguments: [("53x31", 20), ("40x37", 30)])
  func `ten crops equal torchvision's`(picture: String, size: Int) throws {
    let views = try Augmentation.tenCrop(range: 1.1)
      .views(of: fixture(picture), sample: 0, ImagePreparation(size: size, channels: 3, crop: .adm))
    let sheet = try fixture("\(picture)-ten-\(size)")
    #expect(views.count == 10)
    for (index, view) in views.enumerated() {
      #expect(view == sheet.cropped(x: index * size, y: 0, width: size, height: size), "view \(index)")
    }
  }

  @Test func `flipping gives the image and its mirror image`() throws {
    let preparation = ImagePreparation(size: 15, channels: 3, crop: .adm)
    let views = try Augmentation.flip.views(of: fixture("53x31"), sample: 0, preparation)
    #expect(try views == [preparation(fixture("53x31")), preparation(fixture("53x31")).mirrored])
    #expect(views[1][3, 0, 2] == views[0][3, 14, 2] && views[1].mirrored == views[0])
  }

  @Test func `random squares are those of their seed, image and number`() {
    // Computed apart from this code, by a few lines of Python after the definition of `RandomStream`.
    let expected: [(seed: UInt64, least: Double, width: Int, height: Int, sample: UInt64, crop: Int, [Int])] =
      [
        (7, 0.75, 32, 32, 5, 0, [1, 0, 31]), (7, 0.75, 32, 32, 5, 1, [1, 1, 28]),
        (7, 0.75, 32, 32, 6, 0, [3, 1, 28]), (8, 0.75, 32, 32, 5, 0, [0, 1, 31]),
        (7, 0.25, 53, 31, 5, 0, [17, 1, 29]), (7, 0.25, 53, 31, 5, 1, [9, 4, 21]),
        // Three quarters of these pictures are no square that fits: the centre.
        (7, 0.75, 53, 31, 5, 0, [11, 0, 31]), (7, 0.75, 30, 91, 5, 0, [0, 30, 30]),
        (7, 1, 32, 32, 5, 3, [0, 0, 32]),
      ]
    for (seed, least, width, height, sample, crop, place) in expected {
      let square = RandomCrops(count: 4, leastArea: least, seed: seed)
        .square(width: width, height: height, sample: sample, crop: crop)
      #expect(
        [square.x, square.y, square.side] == place, "\(width)x\(height), sample \(sample), crop \(crop)")
    }
  }

  @Test func `random squares take all areas that were asked for, and all places`() {
    let crops = RandomCrops(count: 1, leastArea: 0.25, seed: 3)
    let squares = (0..<4000).map { crops.square(width: 40, height: 40, sample: $0, crop: 0) }
    #expect(squares.allSatisfy { $0.x >= 0 && $0.y >= 0 && $0.x + $0.side <= 40 && $0.y + $0.side <= 40 })
    #expect(squares.map(\.side).min() == 20 && squares.map(\.side).max() == 40)
    // Areas are uniform: their mean share is 0.625 with a standard error of 0.0034.
    let mean = squares.reduce(0.0) { $0 + Double($1.side * $1.side) / 1600 } / 4000
    #expect(abs(mean - 0.625) < 0.015)
    #expect(Set(squares.filter { $0.side == 30 }.map(\.x)) == Set(0...10))
    #expect(Set(squares.filter { $0.side == 30 }.map(\.y)) == Set(0...10))
  }

  @Test func `random crops follow the whole image, in its size and channels`() throws {
    let (picture, preparation) = (try fixture("53x31"), ImagePreparation(size: 16, channels: 1, crop: .adm))
    let augmentation = Augmentation.randomCrops(RandomCrops(count: 2, leastArea: 0.25, seed: 7))
    #expect(augmentation.count == 3)
    let grey = picture.converted(channels: 1)
    #expect(
      augmentation.views(of: picture, sample: 5, preparation) == [
        preparation(picture),
        grey.cropped(x: 17, y: 1, width: 29, height: 29).resampled(width: 16, height: 16, filter: .bilinear),
        grey.cropped(x: 9, y: 4, width: 21, height: 21).resampled(width: 16, height: 16, filter: .bilinear),
      ])
  }

  @Test func `one channel is made before the crop`() throws {
    let image = try ImagePreparation(size: 16, channels: 1, crop: .adm)(fixture("70x45"))
    #expect(image.channels == 1 && image.width == 16 && image.height == 16)
    #expect(try image == fixture("70x45").converted(channels: 1).centreCropped(size: 16))
  }
}
