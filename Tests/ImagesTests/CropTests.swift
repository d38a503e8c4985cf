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
      .views(of: fixture(picture), ImagePreparation(size: size, channels: 3, crop: .adm))
    let sheet = try fixture("\(picture)-ten-\(size)")
    #expect(views.count == 10)
    for (index, view) in views.enumerated() {
      #expect(view == sheet.cropped(x: index * size, y: 0, width: size, height: size), "view \(index)")
    }
  }

  @Test func `flipping gives the image and its mirror image`() throws {
    let preparation = ImagePreparation(size: 15, channels: 3, crop: .adm)
    let views = try Augmentation.flip.views(of: fixture("53x31"), preparation)
    #expect(try views == [preparation(fixture("53x31")), preparation(fixture("53x31")).mirrored])
    #expect(views[1][3, 0, 2] == views[0][3, 14, 2] && views[1].mirrored == views[0])
  }

  @Test func `one channel is made before the crop`() throws {
    let image = try ImagePreparation(size: 16, channels: 1, crop: .adm)(fixture("70x45"))
    #expect(image.channels == 1 && image.width == 16 && image.height == 16)
    #expect(try image == fixture("70x45").converted(channels: 1).centreCropped(size: 16))
  }
}
