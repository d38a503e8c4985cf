import Foundation
import Images
import TestSupport
import Testing

@Suite struct ImageSourceTests {
  private let fixture = ImageSource.fashionMNIST(path: FixtureFile.folder.appending(path: "idx").path)

  @Test func `splits are kept apart by their ids`() throws {
    let train = try fixture.load(split: .train, limit: 0, size: 4, channels: 1, seed: 1)
    let test = try fixture.load(split: .test, limit: 0, size: 4, channels: 1, seed: 1)
    #expect(train.sampleIDs == Array(0..<12))
    #expect(test.sampleIDs == Array(60_000..<60_006))
    #expect(train.labels == (0..<12).map { $0 % 10 })
    #expect(train.classNames.count == 10 && train.classNames[9] == "Ankle boot")
    #expect(test.images[1].pixels == (0..<16).map { UInt8(116 + $0) })
  }

  @Test func `a subset depends on the seed and grows with the limit`() throws {
    func ids(_ limit: Int, seed: UInt64) throws -> [UInt64] {
      try fixture.load(split: .train, limit: limit, size: 4, channels: 1, seed: seed).sampleIDs
    }
    let five = try ids(5, seed: 1)
    #expect(five.count == 5 && five == five.sorted())
    #expect(try ids(5, seed: 1) == five)
    #expect(try ids(5, seed: 2) != five)
    #expect(Set(five).isSubset(of: try ids(8, seed: 1)))
    #expect(throws: ImageError.self) { try ids(13, seed: 1) }
  }

  @Test func `size and channels are as asked for`() throws {
    let images = try fixture.load(split: .test, limit: 2, size: 8, channels: 3, seed: 1).images
    #expect(images.allSatisfy { $0.width == 8 && $0.height == 8 && $0.channels == 3 })
  }

  @Test func `sample ids of a folder follow the sorted names`() throws {
    let folder = try TemporaryFolder()
    for (index, name) in ["b/2.png", "b/10.PNG", "a/z.png", "a/Z.png", "ä/x.png"].enumerated() {
      try folder.write(side: 6, grey: UInt8(index), to: name)
    }
    try folder.write([1], to: "a/notes.txt")
    try folder.write([1], to: "a/.hidden.png")
    let source = ImageSource.folder(path: folder.path)
    let train = try source.load(split: .train, limit: 0, size: 6, channels: 1, seed: 3)
    let test = try source.load(split: .test, limit: 0, size: 6, channels: 1, seed: 3)
    #expect(train.classNames == ["a", "b", "ä"])
    #expect((train.sampleIDs + test.sampleIDs).sorted() == [0, 1, 2, 3, 4])
    let grey = Dictionary(
      uniqueKeysWithValues: zip(
        train.sampleIDs + test.sampleIDs, (train.images + test.images).map { $0.pixels[0] }))
    #expect([0, 1, 2, 3, 4].map { grey[$0] } == [3, 2, 1, 0, 4])
    #expect(test.labels == [0, 1], "one image of each class that has two")
    #expect(
      train.warnings.count == 1 && train.warnings[0].contains("1 entries that are not PNG or JPEG files"))
  }

  @Test func `an undivided folder gives a tenth of each class to the test split`() throws {
    let folder = try TemporaryFolder()
    for index in 0..<30 { try folder.write(side: 2, grey: UInt8(index), to: "\(index % 2)/\(index).png") }
    let source = ImageSource.folder(path: folder.path)
    func ids(_ split: ImageSplit, seed: UInt64) throws -> [UInt64] {
      try source.load(split: split, limit: 0, size: 2, channels: 1, seed: seed).sampleIDs
    }
    #expect(try ids(.test, seed: 1).count == 2)
    #expect(try Set(ids(.train, seed: 1)).union(ids(.test, seed: 1)) == Set(0..<30))
    #expect(try ids(.test, seed: 1) == ids(.test, seed: 1))
    #expect(try (1...5).contains { try ids(.test, seed: $0) != ids(.test, seed: 1) })
  }

  @Test func `train and test folders are taken as they are`() throws {
    let folder = try TemporaryFolder()
    for name in ["train/cat/1.png", "train/dog/1.png", "train/dog/2.png", "test/dog/1.png"] {
      try folder.write(side: 2, grey: 9, to: name)
    }
    let source = ImageSource.folder(path: folder.path)
    let test = try source.load(split: .test, limit: 0, size: 2, channels: 1, seed: 1)
    #expect(test.sampleIDs == [3] && test.labels == [1] && test.classNames == ["cat", "dog"])
    #expect(try source.load(split: .train, limit: 0, size: 2, channels: 1, seed: 1).sampleIDs == [0, 1, 2])
    try folder.write(side: 2, grey: 9, to: "test/fox/1.png")
    #expect(
      throws: ImageError.unknownClass(path: "\(folder.path)/test", name: "fox", train: "\(folder.path)/train")
    ) { try source.load(split: .train, limit: 0, size: 2, channels: 1, seed: 1) }
    try FileManager.default.removeItem(atPath: "\(folder.path)/test")
    #expect(throws: ImageError.oneSplit(path: folder.path, found: "train", missing: "test")) {
      try source.load(split: .train, limit: 0, size: 2, channels: 1, seed: 1)
    }
  }

  @Test func `ImageNet's val folder is the test split`() throws {
    let folder = try TemporaryFolder()
    for name in ["train/cat/1.png", "train/dog/1.png", "val/dog/1.png"] {
      try folder.write(side: 2, grey: 9, to: name)
    }
    let source = ImageSource.folder(path: folder.path)
    #expect(try source.load(split: .test, limit: 0, size: 2, channels: 1, seed: 1).sampleIDs == [2])
    try FileManager.default.removeItem(atPath: "\(folder.path)/train")
    #expect(throws: ImageError.oneSplit(path: folder.path, found: "val", missing: "train")) {
      try source.load(split: .test, limit: 0, size: 2, channels: 1, seed: 1)
    }
  }

  @Test func `a crop takes pictures of any size, and parts are those of the whole`() throws {
    let folder = try TemporaryFolder()
    for (index, (width, height)) in [(9, 4), (4, 7), (31, 12), (4, 4)].enumerated() {
      let picture = Image(
        width: width, height: height, channels: 1,
        pixels: (0..<width * height).map { UInt8(($0 * 7 + index) % 251) })
      try folder.write(try PNG.encode(picture), to: "train/a/\(index).png")
    }
    try folder.write(side: 4, grey: 4, to: "test/a/1.png")
    let source = ImageSource.folder(path: folder.path)
    func catalogue(_ crop: ImagePreparation.Crop) throws -> ImageCatalogue {
      try source.catalogue(
        split: .train, limit: 0, preparation: ImagePreparation(size: 4, channels: 1, crop: crop), seed: 1)
    }
    let images = try catalogue(.adm)
    let whole = try images.loadAll()
    #expect(whole.count == 4 && whole.images.allSatisfy { $0.width == 4 && $0.height == 4 })
    #expect(try images.load(1..<3).images == Array(whole.images[1..<3]))
    #expect(
      try images.source(of: 3) == [UInt8](Data(contentsOf: URL(filePath: "\(folder.path)/train/a/3.png"))))
    #expect(throws: ImageError.notSquare(path: "\(folder.path)/train/a/0.png", width: 9, height: 4)) {
      try catalogue(.none).loadAll()
    }
    let views = try images.load(1..<3, augmentation: .flip)
    #expect(views.sampleIDs == [2, 3, 4, 5] && views.labels.count == 4)
    #expect(
      views.images
        == [1, 1, 2, 2].enumerated().map { $0 % 2 == 0 ? whole.images[$1] : whole.images[$1].mirrored })
  }

  @Test func `remarks on pictures are counted over all that were read`() throws {
    let folder = try TemporaryFolder()
    let square = [UInt8](try Data(contentsOf: FixtureFile.folder.appending(path: "png/rgba-one-pixel.png")))
    for index in 0..<5 { try folder.write(square, to: "train/a/\(index).png") }
    try folder.write(square, to: "test/a/1.png")
    let images = try ImageSource.folder(path: folder.path).catalogue(
      split: .train, limit: 0, preparation: ImagePreparation(size: 1, channels: 1), seed: 1)
    var remarks = DecodingRemarks()
    for index in images.labels.indices { remarks.add(try images.load(index..<index + 1).remarks) }
    #expect(try remarks == images.loadAll().remarks)
    let first = "\(folder.path)/train/a/0.png"
    let note = "transparent pixels were composited on white."
    #expect(remarks.sentences == ["In 5 of 5 images, such as \(first), \(note)"])
    #expect(try images.load(0..<1).remarks.sentences == ["In \(first), \(note)"])
  }

  @Test func `different sizes are an error that names both files`() throws {
    let folder = try TemporaryFolder()
    let first = try folder.write(side: 4, grey: 1, to: "train/a/1.png")
    let second = try folder.write(side: 5, grey: 1, to: "train/a/2.png")
    try folder.write(side: 4, grey: 1, to: "test/a/1.png")
    #expect(
      throws: ImageError.sizesDiffer(first: first, firstSize: "4x4", second: second, secondSize: "5x5")
    ) {
      // Also where the second is read alone.
      let images = try ImageSource.folder(path: folder.path).catalogue(
        split: .train, limit: 0, preparation: ImagePreparation(size: 4, channels: 1), seed: 1)
      _ = try images.load(0..<1)
      _ = try images.load(1..<2)
    }
  }

  @Test func `empty folders, odd shapes and bad files are named`() throws {
    func error(_ folder: TemporaryFolder) -> ImageError? {
      #expect(throws: ImageError.self) {
        try ImageSource.folder(path: folder.path).load(split: .train, limit: 0, size: 4, channels: 1, seed: 1)
      }
    }
    let empty = try TemporaryFolder()
    #expect(error(empty) == .emptyFolder(path: empty.path, expected: "class folders"))
    try empty.write([0], to: "a/readme.txt")
    #expect(error(empty) == .emptyFolder(path: "\(empty.path)/a", expected: "PNG or JPEG files"))

    let oblong = try TemporaryFolder()
    let wide = try oblong.write(try PNG.encode(Image(width: 5, height: 4, colour: [0])), to: "a/1.png")
    #expect(error(oblong) == .notSquare(path: wide, width: 5, height: 4))

    let bad = try TemporaryFolder()
    let path = try bad.write([0x89, 0x50], to: "a/1.png")
    #expect(error(bad) == .notPNG(path: path, found: "89 50"))
  }

  @Test func `transparent files are counted in one warning`() throws {
    let folder = try TemporaryFolder()
    let square = [UInt8](try Data(contentsOf: FixtureFile.folder.appending(path: "png/rgba-one-pixel.png")))
    try folder.write(square, to: "train/a/1.png")
    try folder.write(square, to: "train/a/2.png")
    try folder.write(side: 1, grey: 4, to: "train/a/3.png")
    try folder.write(side: 1, grey: 4, to: "test/a/1.png")
    let train = try ImageSource.folder(path: folder.path)
      .load(split: .train, limit: 0, size: 1, channels: 1, seed: 1)
    #expect(
      train.warnings == [
        "In 2 of 3 images, such as \(folder.path)/train/a/1.png, transparent pixels were composited on white."
      ])
    #expect(train.images[0].pixels == [255])
  }

  private static let installed = "/usr/share/datasets/fashion-mnist"

  @Test(
    .enabled(
      if: FileManager.default.fileExists(atPath: installed),
      "NOT TESTED: dataset-fashion-mnist is not installed"))
  func `the installed Fashion-MNIST is read whole`() throws {
    let source = ImageSource.fashionMNIST(path: Self.installed)
    let train = try source.load(split: .train, limit: 0, size: 28, channels: 1, seed: 1)
    #expect(train.count == 60_000)
    for label in UInt32(0)..<10 { #expect(train.labels.count { $0 == label } == 6_000) }
    let test = try source.load(split: .test, limit: 2_000, size: 28, channels: 1, seed: 1)
    #expect(test.count == 2_000 && test.sampleIDs.allSatisfy { (60_000..<70_000).contains($0) })
  }

  @Test func `sources have the names of the presets`() throws {
    #expect(try ImageSource(named: "folder", path: "x") == .folder(path: "x"))
    #expect(try ImageSource(named: "fashion-mnist", path: "x") == .fashionMNIST(path: "x"))
    #expect(try ImageSource(named: "webdataset", path: "x") == .webDataset(path: "x"))
    #expect(try ImageSource(named: "shapes", path: "") == .shapes)
    #expect(try ImageSource(named: "captions", path: "x") == .captions(path: "x"))
    #expect(
      try ImageSource(named: "captioned-folder", path: "x") == .captionedFolder(path: "x", skipBroken: false))
    #expect(
      try ImageSource(named: "captioned-webdataset", path: "x", skipBroken: true)
        == .captionedArchives(path: "x", skipBroken: true))
    #expect(throws: ImageError.unknownSource(name: "cifar")) { try ImageSource(named: "cifar", path: "") }
    #expect(
      ImageError.unknownSource(name: "cifar").description
        == "There is no image source 'cifar'. Choose fashion-mnist, folder, webdataset, shapes, captions, "
        + "captioned-folder or captioned-webdataset.")
    for name in ImageSource.names { #expect(throws: Never.self) { try ImageSource(named: name, path: "x") } }
  }
}
