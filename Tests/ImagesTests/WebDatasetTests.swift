import Files
import Formats
import Foundation
import Images
import TestSupport
import Testing

@Suite struct WebDatasetTests {
  private func png(_ grey: UInt8) throws -> [UInt8] {
    try PNG.encode(Image(width: 2, height: 2, colour: [grey]))
  }

  private func load(_ folder: TemporaryFolder, _ split: ImageSplit, limit: Int = 0) throws -> LabelledImages {
    try ImageSource.webDataset(path: folder.path)
      .load(split: split, limit: limit, size: 2, channels: 1, seed: 3)
  }

  @Test func `samples have their classes from cls, ids from the sequence of archives`() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      TarBytes.tar([
        ("b.png", png(1)), ("b.cls", Array("2\n".utf8)), ("./c.json", [0x7B]), ("a.cls", [0x30]),
        ("a.png", png(2)),
      ]),
      to: "train/part-1.tar")
    try folder.write(
      TarBytes.tar([("x/y.z.png", png(3)), ("x/y.cls", [0x31])], trailer: false), to: "train/part-0.tar")
    try folder.write(TarBytes.tar([("v.png", png(4)), ("v.cls", [0x31])]), to: "val/part-0.tar")
    let train = try load(folder, .train)
    #expect(train.images.map { $0.pixels[0] } == [3, 1, 2])
    #expect(
      train.labels == [1, 2, 0] && train.sampleIDs == [0, 1, 2] && train.classNames == ["0", "1", "2"])
    let test = try load(folder, .test)
    #expect(test.sampleIDs == [3] && test.labels == [1] && test.images[0].pixels == [4, 4, 4, 4])
  }

  @Test func `archives of class folders divide by name`() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      TarBytes.tar([("train/n02/1.png", png(1)), ("train/n01/2.png", png(2)), ("train/n02/3.png", png(3))]),
      to: "train.tar")
    try folder.write(TarBytes.tar([("val/n02/1.png", png(4))]), to: "val.tar")
    let train = try load(folder, .train)
    #expect(train.classNames == ["n01", "n02"] && train.labels == [1, 0, 1])
    #expect(try load(folder, .test).labels == [1])
    try folder.write(TarBytes.tar([("val/n03/1.png", png(4))]), to: "val.tar")
    #expect(throws: ImageError.self) { try load(folder, .test) }
  }

  @Test func `undivided archives are divided by the seed`() throws {
    let folder = try TemporaryFolder()
    let members = try (0..<30).flatMap { index in
      [("\(index).png", try png(UInt8(index))), ("\(index).cls", Array("\(index % 2)".utf8))]
    }
    try folder.write(TarBytes.tar(members), to: "all.tar")
    let (train, test) = try (load(folder, .train), load(folder, .test))
    #expect(train.count == 28 && test.count == 2 && Set(test.labels) == [0, 1])
    #expect(Set(train.sampleIDs).union(test.sampleIDs) == Set(0..<30))
    for images in [train, test] {
      #expect(zip(images.sampleIDs, images.images).allSatisfy { UInt8($0) == $1.pixels[0] })
    }
  }

  @Test(arguments: ["ustar", "gnu", "pax"])
  func `archives of Python's tarfile are read whole`(format: String) throws {
    let folder = try TemporaryFolder()
    let path = FixtureFile.folder.appending(path: "tar/\(format).tar").path
    let grey = FixtureFile.folder.appending(path: "png/grey.png").path
    try FileManager.default.copyItem(atPath: path, toPath: "\(folder.path)/train.tar")
    try FileManager.default.copyItem(atPath: path, toPath: "\(folder.path)/test.tar")
    let images = try ImageSource.webDataset(path: folder.path).catalogue(
      split: .train, limit: 0, preparation: ImagePreparation(size: 4, channels: 1, crop: .adm), seed: 1)
    #expect(images.classNames == ["cats", "dogs"] && images.labels == [0, 1, 0])
    #expect(try images.source(of: 2) == [UInt8](Data(contentsOf: URL(filePath: grey))))
    #expect(try images.loadAll().count == 3)
  }

  @Test func `long names of GNU and pax are read`() throws {
    let folder = try TemporaryFolder()
    let long = String(repeating: "d", count: 120)
    let pax = paxRecord("path", "\(long)/cats/2.png")
    var bytes = TarBytes.header("././@LongLink", long.utf8.count + 12, type: "L")
    bytes +=
      TarBytes.padded(Array("\(long)/dogs/1.png".utf8) + [0])
      + TarBytes.header("short", try png(1).count, type: "0")
    bytes +=
      TarBytes.padded(try png(1)) + TarBytes.header("PaxHeader", pax.count, type: "x") + TarBytes.padded(pax)
    bytes += TarBytes.header("short", try png(2).count, type: "0") + TarBytes.padded(try png(2))
    try folder.write(bytes + [UInt8](repeating: 0, count: 1024), to: "all.tar")
    let train = try load(folder, .train)
    #expect(train.classNames == ["cats", "dogs"] && train.labels == [1, 0])
  }

  private func paxRecord(_ key: String, _ value: String) -> [UInt8] {
    let body = " \(key)=\(value)\n"
    var length = body.utf8.count + 1
    while "\(length)".utf8.count + body.utf8.count != length { length += 1 }
    return Array("\(length)\(body)".utf8)
  }

  @Test func `bad archives are named`() throws {
    func error(_ bytes: [UInt8]) throws -> String {
      let folder = try TemporaryFolder()
      try folder.write(bytes, to: "all.tar")
      var text = ""
      do { _ = try load(folder, .train) } catch let error as any StageFailure {
        text = error.description.replacingOccurrences(of: folder.path, with: "")
        #expect(error.exitCode == 65)
      }
      return text
    }
    let sound = try TarBytes.tar([("a/1.png", png(1)), ("a/2.png", png(2))])
    #expect(try error(Array(sound.prefix(600))).contains("/all.tar is truncated"))
    #expect(try error(Array(sound.prefix(2000))).contains("truncated"))
    #expect(try error([]).contains("truncated"))
    var spoilt = sound
    spoilt[3] = 9
    #expect(try error(spoilt).contains("wrong checksum"))
    #expect(try error([0x1F, 0x8B] + sound).contains("compressed archives are not read"))
    #expect(try error(TarBytes.tar([("a.txt", [1])])).contains("holds no picture files"))
    #expect(try error(TarBytes.tar([("1.png", png(1))])).contains("/all.tar:1.png has no class"))
    #expect(
      try error(TarBytes.tar([("1.png", png(1)), ("1.cls", [0x2D, 0x31])])).contains("a class from 0"))
    #expect(
      try error(TarBytes.tar([("1.png", png(1)), ("1.cls", [0x31]), ("a/2.png", png(1))])).contains(
        "has no class"))
    #expect(try error(TarBytes.tar([("a/1.png", [0x89, 0x50])])).contains("/all.tar:a/1.png is not a PNG"))
    let empty = try TemporaryFolder()
    #expect(throws: ImageError.noArchives(path: empty.path)) { try load(empty, .train) }
  }

  @Test func `hostile sizes end in an error`() throws {
    for field in ["777777777777", "\u{80}"] {
      var bytes = TarBytes.header("a/1.png", 10, type: "0")
      for (index, byte) in field.utf8.prefix(12).enumerated() { bytes[124 + index] = byte }
      bytes[124] = field == "\u{80}" ? 0xFF : bytes[124]
      let sum = bytes.enumerated().reduce(0) { $0 + ((148..<156).contains($1.offset) ? 32 : Int($1.element)) }
      let text = String(sum, radix: 8)
      let digits = Array((String(repeating: "0", count: 6 - text.count) + text + "\0 ").utf8)
      bytes.replaceSubrange(148..<156, with: digits)
      let folder = try TemporaryFolder()
      try folder.write(bytes + [UInt8](repeating: 0, count: 1024), to: "all.tar")
      #expect(throws: FormatError.self) { try load(folder, .train) }
    }
  }
}
