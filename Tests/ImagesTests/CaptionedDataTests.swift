import Foundation
import Images
import TestSupport
import Testing

/// What data/README.md tells people to type for captioned sets, on stand-ins of the same layout; and the emoji, where they
/// were made.
@Suite struct CaptionedDataTests {
  private static let data = FixtureFile.folder.deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "data")

  /// Runs the block of data/README.md that begins with some words, in a folder.
  private func run(blockBeginning words: String, in folder: TemporaryFolder) throws {
    let page = try String(contentsOf: Self.data.appending(path: "README.md"), encoding: .utf8)
    let blocks = page.components(separatedBy: "```bash\n").dropFirst().map {
      String($0.prefix(upTo: $0.range(of: "```")?.lowerBound ?? $0.endIndex))
    }
    let block = try #require(blocks.first { $0.hasPrefix(words) })
    let process = Process()
    process.executableURL = URL(filePath: "/bin/bash")
    process.arguments = ["-eu", "-c", block]
    process.currentDirectoryURL = URL(filePath: folder.path)
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
  }

  private func captions(_ source: ImageSource) throws -> (captions: [UInt64: [String]], warnings: [String]) {
    var captions = [UInt64: [String]]()
    var warnings = [String]()
    for split in ImageSplit.allCases {
      let images = try source.catalogue(
        split: split, limit: 0, preparation: ImagePreparation(size: 8, channels: 3, crop: .adm), seed: 1)
      for index in 0..<images.count { captions[images.sampleIDs[index]] = try images.captions(of: index) }
      #expect(try images.loadAll().images.allSatisfy { $0.width == 8 && $0.height == 8 && $0.channels == 3 })
      warnings += images.warnings.map { "\(split.rawValue): \($0)" }
    }
    return (captions, warnings)
  }

  @Test func `Fashion Products is read after the commands that the page gives`() throws {
    let folder = try TemporaryFolder()
    let picture = try PNG.encode(Image(width: 12, height: 16, colour: [250, 250, 250]))
    for id in ["1163", "1164", "15970", "39386"] {
      try folder.write(picture, to: "products/images/\(id).jpg")
    }
    let rows = [
      "id,gender,masterCategory,subCategory,articleType,baseColour,season,year,usage,productDisplayName",
      "15970,Men,Apparel,Topwear,Shirts,Navy Blue,Fall,2011,Casual,Turtle Check Men Navy Blue Shirt",
      "39386,Men,Apparel,Bottomwear,Jeans,Blue,Summer,2012,Casual,Peter England Men Party Blue Jeans",
      "1163,Men,Apparel,Topwear,Tshirts,Blue,Summer,2011,Sports,Nike Sahara Team India Fanwear, Round Neck Jersey",
      "1164,Men,Apparel,Topwear,Tshirts,Blue,Winter,2015,Sports,\"Nike Men \"\"Blue\"\" Jersey, small\"\r",
      "39403,Men,Apparel,Topwear,Shirts,Blue,Summer,2011,Casual,One Without A Picture",
    ]
    try folder.write(Array((rows.joined(separator: "\n") + "\n").utf8), to: "products/styles.csv")
    try run(blockBeginning: "awk", in: folder)
    let found = try captions(.captionedFolder(path: "\(folder.path)/products/images", skipBroken: true))
    // Sample ids follow the sorted names.
    #expect(
      found.captions == [
        0: ["Nike Sahara Team India Fanwear, Round Neck Jersey", "blue tshirts for men"],
        1: [#"Nike Men "Blue" Jersey, small"#, "blue tshirts for men"],
        2: ["Turtle Check Men Navy Blue Shirt", "navy blue shirts for men"],
        3: ["Peter England Men Party Blue Jeans", "blue jeans for men"],
      ])
    #expect(found.warnings.count == 2)
    #expect(found.warnings.allSatisfy { $0.contains("2 captions without a picture are skipped") })
  }

  @Test func `Multi-Modal CelebA-HQ is read after the commands that the page gives`() throws {
    let folder = try TemporaryFolder()
    for id in 0..<12 {
      let picture = try PNG.encode(Image(width: 16, height: 16, colour: [UInt8(id), 0, 0]))
      try folder.write(picture, to: "CelebAMask-HQ/CelebA-HQ-img/\(id).jpg")
      let lines = (0..<10).map { "This person has feature \(id).\($0)." }
      try folder.write(Array((lines.joined(separator: "\n") + "\n").utf8), to: "celeba-caption/\(id).txt")
    }
    try run(blockBeginning: "mkdir faces", in: folder)
    let found = try captions(.captionedFolder(path: "\(folder.path)/faces", skipBroken: false))
    #expect(found.warnings.isEmpty && found.captions.count == 12)
    // The second of the names sorted by their bytes: 0.jpg, 1.jpg, 10.jpg, 11.jpg, 2.jpg, …
    #expect(found.captions[2]?.count == 10 && found.captions[2]?.last == "This person has feature 10.9.")
  }

  private static let emoji = data.appending(path: "emoji").path

  @Test(
    .enabled(
      if: FileManager.default.fileExists(atPath: emoji + "/groups-32"),
      "NOT TESTED: the emoji are not here; data/emoji/fetch makes them"),
    arguments: [("groups", 32), ("groups", 64), ("subgroups", 32)])
  func `emoji have captions and classes, and no design is in both splits`(kind: String, size: Int) throws {
    struct Row: Decodable { let key, name, group, subgroup, design, split: String }
    let list = try String(contentsOfFile: Self.emoji + "/emoji.jsonl", encoding: .utf8)
    let rows = try list.split(separator: "\n").map { try JSONDecoder().decode(Row.self, from: Data($0.utf8)) }
    let path = "\(Self.emoji)/\(kind)-\(size)"
    var designs = [ImageSplit: Set<String>]()
    var names = Set<String>()
    for split in ImageSplit.allCases {
      let preparation = ImagePreparation(size: size, channels: 3)
      let images = try ImageSource.captionedArchives(path: path, skipBroken: false).catalogue(
        split: split, limit: 0, preparation: preparation, seed: 1)
      let own = rows.filter { $0.split == split.rawValue }
      #expect(images.count == own.count)
      designs[split] = Set(own.map(\.design))
      for (index, row) in own.enumerated() {
        #expect(images.classNames[Int(images.labels[index])] == (kind == "groups" ? row.group : row.subgroup))
        let captions = try images.captions(of: index)
        #expect(captions.first == row.name && (5...12).contains(captions.count), "\(row.name)")
        names.insert(row.name)
      }
      let pictures = try images.load(0..<20).images
      #expect(
        pictures.allSatisfy { $0.width == size && $0.pixels.contains { $0 < 200 } && $0[0, 0, 0] > 200 })
      let classes = try ImageSource.webDataset(path: path).catalogue(
        split: split, limit: 0, preparation: preparation, seed: 1)
      #expect(classes.count == images.count && classes.classNames == images.classNames)
    }
    #expect(designs[.train]?.isDisjoint(with: designs[.test] ?? []) == true)
    #expect(names.count == rows.count && rows.count > 3600)
    #expect(Set(rows.map(\.group)).count == 10 && Set(rows.map(\.subgroup)).count == 101)
  }
}
