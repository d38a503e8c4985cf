import Files
import Foundation
import Images
import Testing

@Suite struct CaptionedArchivesTests {
  private func png(_ grey: UInt8) throws -> [UInt8] {
    try PNG.encode(Image(width: 2, height: 2, colour: [grey]))
  }

  private func catalogue(
    _ folder: TemporaryFolder, _ split: ImageSplit = .train, skipBroken: Bool = false
  ) throws -> ImageCatalogue {
    try ImageSource.captionedArchives(path: folder.path, skipBroken: skipBroken).catalogue(
      split: split, limit: 0, preparation: ImagePreparation(size: 2, channels: 1), seed: 3)
  }

  private func captions(_ images: ImageCatalogue) throws -> [UInt64: [String]] {
    try Dictionary(
      uniqueKeysWithValues: images.labels.indices.map { (images.sampleIDs[$0], try images.captions(of: $0)) })
  }

  private func refusal(_ members: [(name: String, content: [UInt8])]) throws -> String {
    let folder = try TemporaryFolder()
    try folder.write(TarBytes.tar(members), to: "train/0.tar")
    try folder.write(TarBytes.tar([("t.png", png(9)), ("t.txt", [0x74])]), to: "test/0.tar")
    do {
      _ = try catalogue(folder)
      return "none"
    } catch let error as any StageFailure {
      #expect(error.exitCode == 65)
      return error.description.replacing("\(folder.path)", with: "")
    }
  }

  @Test func `captions come from txt members, else from json`() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      TarBytes.tar([
        ("a.txt", Array("one\ntwo\n".utf8)), ("a.json", [0x7B]), ("a.png", png(1)),
        ("x/b.png", png(2)), ("x/b.json", Array(#"{"caption": "three", "width": 2}"#.utf8)),
        ("c.d.png", png(3)), ("c.json", Array(#"{"captions": ["four", "five"]}"#.utf8)),
      ]), to: "train/0.tar")
    try folder.write(
      TarBytes.tar([("z/t.png", png(9)), ("z/t.txt", Array("six".utf8))]), to: "test/0.tar")
    let images = try catalogue(folder)
    #expect(try captions(images) == [0: ["one", "two"], 1: ["three"], 2: ["four", "five"]])
    #expect(images.classNames == ["all", "x", "z"] && images.labels == [0, 1, 0])
    #expect(try images.loadAll().images.map { $0.pixels[0] } == [1, 2, 3])
    let test = try catalogue(folder, .test)
    #expect(try captions(test) == [3: ["six"]] && test.labels == [2])
  }

  @Test func `bad members are named`() throws {
    #expect(
      try refusal([("a/1.png", png(1))]).hasPrefix(
        "/train/0.tar:a/1.png has no caption: expected a member a/1.txt or .json."))
    #expect(
      try refusal([("1.png", png(1)), ("1.txt", []), ("1.json", [0x7B])]).hasPrefix(
        "/train/0.tar:1.txt is empty: expected a caption a line."))
    #expect(
      try refusal([("1.png", png(1)), ("1.json", [0x7B])]).hasPrefix(
        "/train/0.tar:1.json holds no captions: it is not JSON"))
    for json in [#"{"label": 1}"#, "[]", "3"] {
      #expect(
        try refusal([("1.png", png(1)), ("1.json", Array(json.utf8))]).hasPrefix(
          "/train/0.tar:1.json holds no captions: expected the key 'caption' or 'captions'."))
    }
    for json in [#"{"caption": 1}"#, #"{"captions": []}"#, #"{"caption": " "}"#, #"{"captions": ["a", 1]}"#] {
      #expect(
        try refusal([("1.png", png(1)), ("1.json", Array(json.utf8))]).hasPrefix(
          "/train/0.tar:1.json holds no captions: expected a text or a list of texts"))
    }
    #expect(
      try refusal([("1.png", png(1)), ("1.txt", [0x61]), ("2.txt", [0x61])]).hasPrefix(
        "/train/0.tar:2.txt has no picture"))
    let long = [UInt8](repeating: 0x61, count: 1 << 20) + [0x61]
    #expect(
      try refusal([("1.png", png(1)), ("1.txt", long)]).hasPrefix(
        "/train/0.tar:1.txt has 1,048,577 bytes, expected captions of at most 1,048,576."))
    #expect(try refusal([("1.png", png(1)), ("1.txt", Array(long.dropLast()))]) == "none")
  }

  @Test func `what is broken is left out if that is asked for`() throws {
    let folder = try TemporaryFolder()
    try folder.write(
      TarBytes.tar([
        ("1.png", png(1)), ("2.png", png(2)), ("2.txt", [0]), ("3.png", [0x89, 0x50]), ("3.txt", [0x63]),
        ("4.png", png(4)), ("4.txt", [0x64]), ("5.txt", [0x65]),
      ]), to: "train/0.tar")
    try folder.write(TarBytes.tar([("t.png", png(9)), ("t.txt", [0x74])]), to: "test/0.tar")
    let images = try catalogue(folder, skipBroken: true)
    #expect(try captions(images) == [3: ["d"]])
    #expect(images.warnings.count == 4 && images.warnings[2].contains("/train/0.tar:3.png"))
    #expect(try captions(try catalogue(folder, .test, skipBroken: true)) == [4: ["t"]])
  }
}
