import Files
import Foundation
import Images
import Testing

@Suite struct CaptionedFolderTests {
  private func catalogue(
    _ folder: TemporaryFolder, _ split: ImageSplit = .train, skipBroken: Bool = false, seed: UInt64 = 3
  ) throws -> ImageCatalogue {
    try ImageSource.captionedFolder(path: folder.path, skipBroken: skipBroken).catalogue(
      split: split, limit: 0, preparation: ImagePreparation(size: 2, channels: 1), seed: seed)
  }

  /// Captions by sample id.
  private func captions(_ images: ImageCatalogue) throws -> [UInt64: [String]] {
    try Dictionary(
      uniqueKeysWithValues: images.labels.indices.map { (images.sampleIDs[$0], try images.captions(of: $0)) })
  }

  /// The sentence and exit code of the error that a folder gives, without its path.
  private func refusal(_ folder: TemporaryFolder, skipBroken: Bool = false) throws -> String {
    do {
      _ = try catalogue(folder, skipBroken: skipBroken)
      return "none"
    } catch let error as any StageFailure {
      #expect(error.exitCode == 65)
      return error.description.replacing("\(folder.path)", with: "")
    }
  }

  /// A divided folder of grey pictures, so that every training picture is listed.
  private func divided(_ names: [String]) throws -> TemporaryFolder {
    let folder = try TemporaryFolder()
    for (index, name) in names.enumerated() {
      try folder.write(side: 2, grey: UInt8(index), to: "train/\(name)")
    }
    try folder.write(side: 2, grey: 200, to: "test/t.png")
    return folder
  }

  @Test func `text files beside pictures hold a caption a line`() throws {
    let folder = try divided(["a.png", "b.c.PNG", "d.png"])
    try folder.write(Array("\u{FEFF}a cat\r\n\r\n  a grey cat\t\r\n".utf8), to: "train/a.txt")
    try folder.write(Array("chat gris; ¿gato?".utf8), to: "train/b.c.txt")
    try folder.write([0x61, 0xFF, 0x62], to: "train/d.txt")
    try folder.write(Array("test".utf8), to: "test/t.txt")
    let images = try catalogue(folder)
    #expect(images.hasCaptions && images.classNames == ["all"] && images.labels == [0, 0, 0])
    #expect(
      try captions(images) == [0: ["a cat", "a grey cat"], 1: ["chat gris; ¿gato?"], 2: ["a\u{FFFD}b"]])
    #expect(
      images.warnings == [
        "Bytes that are not UTF-8 were replaced by U+FFFD in 1 captions, such as in \(folder.path)/train/d.txt."
      ])
    #expect(try captions(try catalogue(folder, .test)) == [3: ["test"]])
  }

  @Test func `class folders are classes, and their names are captions where there are no others`() throws {
    let folder = try divided(["red_dress/1.png", "Blue-shirt__long/1.png"])
    try folder.write(side: 2, grey: 7, to: "test/green bag/1.png")
    try FileManager.default.removeItem(atPath: "\(folder.path)/test/t.png")
    let images = try catalogue(folder)
    #expect(images.classNames == ["Blue-shirt__long", "green bag", "red_dress"] && images.labels == [0, 2])
    #expect(try captions(images) == [0: ["Blue shirt long"], 1: ["red dress"]])
    #expect(try captions(try catalogue(folder, .test)) == [2: ["green bag"]])
    // With one text file every picture needs one.
    try folder.write(Array("words".utf8), to: "train/red_dress/1.txt")
    let refusal = try refusal(folder)
    #expect(
      refusal.hasPrefix(
        "/train/Blue-shirt__long/1.png has no caption: expected /train/Blue-shirt__long/1.txt."), "\(refusal)"
    )
  }

  @Test func `an undivided folder is divided by the seed, and no picture is in both splits`() throws {
    let folder = try TemporaryFolder()
    for index in 0..<40 {
      try folder.write(side: 2, grey: UInt8(index), to: "\(index).png")
      try folder.write(Array("number \(index)".utf8), to: "\(index).txt")
    }
    let train = try captions(try catalogue(folder))
    let test = try captions(try catalogue(folder, .test))
    #expect(train.count == 36 && test.count == 4)
    #expect(Set(train.keys).union(test.keys) == Set(0..<40))
    #expect(Set(train.values).isDisjoint(with: test.values))
    #expect(try captions(try catalogue(folder, .test)) == test)
    #expect(try (1...5).contains { try captions(try catalogue(folder, .test, seed: $0)) != test })
    let images = try catalogue(folder)
    for index in 0..<images.count {
      let grey = try images.load(index..<index + 1).images[0].pixels[0]
      #expect(try images.captions(of: index) == ["number \(grey)"])
    }
  }

  @Test(arguments: [
    (
      "captions.csv",
      "file_name,caption\r\na.png,\"red, and \"\"blue\"\"\"\r\n./b.png,b\r\na.png,\"two\nlines\"\r\n"
    ),
    (
      "captions.jsonl",
      #"{"image": "a.png", "caption": ["red, and \"blue\"", "two\nlines"]}"# + "\n\n"
        + #"{"file": "./b.png", "text": " b "}"#
    ),
    ("metadata.csv", "id,Text,File\n1,\"red, and \"\"blue\"\"\",a.png\n2,\"two\n\nlines\",a.png\n3,b,b.png"),
  ])
  func `tables name pictures and captions`(name: String, text: String) throws {
    let folder = try divided(["a.png", "b.png"])
    try folder.write(Array(text.utf8), to: "train/\(name)")
    #expect(
      try captions(try catalogue(folder)) == [0: [#"red, and "blue""#, "two", "lines"], 1: ["b"]])
  }

  @Test func `one table may serve both splits, or each have its own`() throws {
    let folder = try divided(["x/a.png"])
    try folder.write(
      Array("file_name,caption\ntrain/x/a.png,one\ntest/t.png,two\n".utf8), to: "captions.csv")
    #expect(try captions(try catalogue(folder)) == [0: ["one"]])
    #expect(try captions(try catalogue(folder, .test)) == [1: ["two"]])
    try folder.write(Array("file_name,caption\nx/a.png,three\n".utf8), to: "train/captions.csv")
    #expect(try captions(try catalogue(folder)) == [0: ["three"]])
    try folder.write(Array("{}".utf8), to: "train/metadata.jsonl")
    #expect(try refusal(folder).hasPrefix("/train holds captions.csv and metadata.jsonl, expected one table"))
  }

  @Test(arguments: [
    (
      "captions.csv", "image,label\na.png,b\n",
      "lacks the column 'caption' or 'captions' or 'text'; it has 'image', 'label'"
    ),
    ("captions.csv", "caption\nb\n", "lacks the column 'file_name' or 'file' or 'image'; it has 'caption'"),
    ("captions.csv", "", "lacks the column 'file_name' or 'file' or 'image' and the column"),
    ("captions.csv", "file,text\na.png,b,c\n", "bad row in line 2: it has 3 fields instead of 2"),
    ("captions.csv", "file,text\na.png,\"b\nc\nd.png,e\n", "bad row in line 2: a quote is never closed"),
    (
      "captions.csv", "file,text\na.png,\"b\"c\n",
      "bad row in line 2: a field goes on behind its closing quote"
    ),
    ("captions.csv", "file,text\na.png, \n", "bad row in line 2: it has no caption"),
    ("captions.csv", "file,text\n,b\n", "bad row in line 2: it names no file"),
    (
      "captions.csv", "file,text\na.png,b\nz.png,c\n",
      "names 'z.png' in line 3, but /train holds no such picture"
    ),
    ("captions.csv", "file,text\na.png,b\n../test/t.png,c\n", "names '../test/t.png' in line 3"),
    ("captions.csv", "file,text\n", "/train/a.png has no caption: expected a row of /train/captions.csv"),
    ("captions.csv", "file,text\na.png,\u{0}\n", "/train/captions.csv is not text"),
    (
      "captions.jsonl", "{\"file\": \"a.png\"}",
      "lacks the column 'caption' or 'captions' or 'text'; it has 'file'"
    ),
    ("captions.jsonl", "{\"file\": \"a.png\", \"text\": 3}", "bad row in line 1: it has no caption"),
    ("captions.jsonl", "\n[1]\n", "bad row in line 2: expected a JSON object"),
    ("captions.jsonl", "{\"file\": \"a.png\", ", "bad row in line 1: expected a JSON object"),
  ])
  func `bad tables are named with their line`(name: String, text: String, words: String) throws {
    let folder = try divided(["a.png"])
    try folder.write(Array(text.utf8), to: "train/\(name)")
    let refusal = try refusal(folder)
    #expect(refusal.contains(words) && refusal.hasSuffix("."), "\(refusal)")
  }

  @Test func `without captions a folder says what they could be`() throws {
    let folder = try divided(["a.png", "b.png"])
    #expect(try refusal(folder).hasPrefix("/train holds no captions: expected a file NAME.txt beside"))
    try folder.write(Array("b".utf8), to: "train/b.txt")
    #expect(try refusal(folder).hasPrefix("/train/a.png has no caption: expected /train/a.txt."))
    try folder.write(Array(" \n".utf8), to: "train/a.txt")
    #expect(try refusal(folder).hasPrefix("/train/a.txt is empty: expected a caption a line."))
    try folder.write([0x61, 0], to: "train/a.txt")
    #expect(try refusal(folder).hasPrefix("/train/a.txt is not text: expected UTF-8, found a zero byte."))
    try folder.write(Array("a".utf8), to: "train/a.txt")
    try folder.write(Array("z".utf8), to: "train/z.txt")
    #expect(try refusal(folder).hasPrefix("/train/z.txt has no picture: expected one of the same name"))
  }

  @Test func `what is broken is left out and counted if that is asked for`() throws {
    let folder = try divided(["a.png", "b.png", "c.png", "d.png", "e.png"])
    let sound = try PNG.encode(Image(width: 2, height: 2, colour: [9]))
    for name in ["a", "c", "d", "e"] {
      try folder.write(Array("caption \(name)".utf8), to: "train/\(name).txt")
    }
    try folder.write(Array(sound.dropLast(9)), to: "train/c.png")
    try folder.write([0x61, 0], to: "train/d.txt")
    try folder.write(Array("z".utf8), to: "train/z.txt")
    let images = try catalogue(folder, skipBroken: true)
    #expect(
      try captions(images) == [0: ["caption a"], 4: ["caption e"]], "ids stay those of the whole folder")
    #expect(
      images.warnings.map { $0.replacing(folder.path, with: "") } == [
        "1 picture without a caption is skipped, such as /train/b.png.",
        "1 picture with a caption that cannot be read is skipped, such as that of /train/d.png.",
        "1 picture that cannot be read is skipped, such as /train/c.png.",
        "1 caption without a picture is skipped, such as /train/z.txt.",
      ])
    #expect(try images.loadAll().count == 2)
    try folder.write(
      Array("file,text\na.png,\nb.png,b\nb.png,b,b\nq.png,q\nc.png,c\nd.png,d\n".utf8),
      to: "train/captions.csv")
    let table = try catalogue(folder, skipBroken: true)
    #expect(try captions(table) == [1: ["b"], 3: ["d"]])
    #expect(
      table.warnings.map { $0.replacing(folder.path, with: "") } == [
        "2 pictures without a caption are skipped, such as /train/a.png.",
        "1 picture that cannot be read is skipped, such as /train/c.png.",
        "1 caption without a picture is skipped, such as line 5 of /train/captions.csv.",
        "2 rows that cannot be read are skipped, such as line 2 of /train/captions.csv.",
      ])
  }

  /// Sparse files: nothing of them is read, or only a piece at a time.
  @Test(.timeLimit(.minutes(30)))
  func `captions of a gigabyte are refused`() throws {
    func write(_ bytes: Int, to name: String, in folder: TemporaryFolder) throws {
      try folder.write([], to: name)
      let file = try #require(FileHandle(forWritingAtPath: "\(folder.path)/\(name)"))
      try file.truncate(atOffset: UInt64(bytes))
    }
    let texts = try divided(["a.png"])
    try write(1 << 30, to: "train/a.txt", in: texts)
    #expect(
      try refusal(texts).hasPrefix(
        "/train/a.txt has 1,073,741,824 bytes, expected captions of at most 1,048,576."))
    #expect(try refusal(texts, skipBroken: true).contains("holds no images for the train split"))
    for name in ["captions.csv", "captions.jsonl"] {
      let tables = try divided(["a.png"])
      try write((1 << 30) + 1, to: "train/\(name)", in: tables)
      #expect(try refusal(tables).contains("bytes, expected captions of at most 1,073,741,824."))
      try write(1 << 30, to: "train/\(name)", in: tables)
      #expect(try refusal(tables).contains("a row of more than 1,048,576 bytes in line 1"))
    }
  }
}
