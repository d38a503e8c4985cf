import Foundation
import Images
import TestSupport
import Testing

@Suite struct PictureFileTests {
  private func fixture(_ name: String) -> String {
    FixtureFile.folder.appending(path: "png/\(name).png").path
  }

  @Test(arguments: [("rgba", 3), ("grey-alpha", 1)])
  func `opacity is dropped as scoring tools drop it, with a note`(name: String, channels: Int) throws {
    let dropped = try PictureFile.read(fixture(name))
    #expect(dropped.notes == [.opacityDropped])
    #expect(dropped.image.channels == channels)
    for y in 0..<4 {
      for x in 0..<5 {
        for channel in 0..<channels {
          #expect(Int(dropped.image[y, x, channel]) == (37 * x + 59 * y + 83 * channel) % 256)
        }
      }
    }
    #expect(try PNG.read(fixture(name)).notes == [.compositedOnWhite])
    #expect(try PictureFile.read(fixture("rgba-opaque")).notes.isEmpty)
  }

  @Test func `a folder lists its pictures by their bytes, endings in any case, folders left out`() throws {
    let folder = try TestSupport.TemporaryFolder()
    for name in ["b.PNG", "a.png", "B.png", "d.JPeG", "c.jpg", "notes.txt", ".hidden.png", "png"] {
      try Data().write(to: URL(filePath: folder.file(name)))
    }
    try FileManager.default.createDirectory(atPath: folder.file("c.png"), withIntermediateDirectories: true)
    #expect(try PictureFile.list(folder.path) == ["B.png", "a.png", "b.PNG", "c.jpg", "d.JPeG"])
    #expect(PictureFile.format("a.JPEG") == "JPEG")
    #expect(PictureFile.format("a.Png") == "PNG" && PictureFile.format("a.txt") == "")
  }

  @Test func `a folder of class folders lists the pictures below it`() throws {
    let folder = try TestSupport.TemporaryFolder()
    for name in ["n2/b.jpeg", "n2/a.png", "n1/c.png", "n1/.x/d.png", "n10/e/f.png", "n3/notes.txt"] {
      let place = URL(filePath: folder.file(name))
      try FileManager.default.createDirectory(
        at: place.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data().write(to: place)
    }
    try FileManager.default.createSymbolicLink(
      atPath: folder.file("n3/loop"), withDestinationPath: folder.file("n3"))
    #expect(try PictureFile.list(folder.path) == ["n1/c.png", "n10/e/f.png", "n2/a.png", "n2/b.jpeg"])
    try Data().write(to: URL(filePath: folder.file("z.png")))
    #expect(try PictureFile.list(folder.path) == ["z.png"])
  }

  @Test func `a folder without pictures says what was expected`() throws {
    let folder = try TestSupport.TemporaryFolder()
    do {
      _ = try PictureFile.list(folder.path)
      Issue.record("the empty folder was accepted")
    } catch let error as ImageError {
      #expect(error.description.contains("names ending in") && error.description.contains(".png"))
      #expect(error.exitCode == 65)
    }
    #expect(throws: ImageError.self) { try PictureFile.list(folder.file("nowhere")) }
  }
}
