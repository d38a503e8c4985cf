import Foundation
import Images
import TestSupport
import Testing

@Suite struct TintedFashionTests {
  private let fixture = ImageSource.captions(path: FixtureFile.folder.appending(path: "idx").path)
  private let preparation = ImagePreparation(size: 32, channels: 3)

  private func colour(_ name: String) throws -> Int {
    try #require(TintedFashion.palette.firstIndex { $0.name == name })
  }

  private var everything: [TintedFashion.Attributes] {
    TintedFashion.classWords.indices.flatMap { label in
      TintedFashion.palette.indices.flatMap { garment in
        TintedFashion.palette.indices.filter { $0 != garment }.map {
          TintedFashion.Attributes(label: UInt32(label), garment: garment, background: $0)
        }
      }
    }
  }

  @Test func `a picture is a pure function of seed and id, and has its sentences`() throws {
    func catalogue(_ split: ImageSplit, limit: Int = 0, seed: UInt64 = 5) throws -> ImageCatalogue {
      try fixture.catalogue(split: split, limit: limit, preparation: preparation, seed: seed)
    }
    let train = try catalogue(.train)
    #expect(train.hasCaptions && train.classNames == TintedFashion.classWords)
    #expect(train.sampleIDs == Array(0..<12) && train.labels == (0..<12).map { $0 % 10 })
    #expect(try catalogue(.test).sampleIDs == Array(60_000..<60_006))
    let images = try train.loadAll().images
    #expect(images.allSatisfy { $0.width == 32 && $0.height == 32 && $0.channels == 3 })
    #expect(try catalogue(.train).loadAll().images == images)
    #expect(try catalogue(.train, seed: 6).loadAll().images != images)
    // A subset has the same pictures and captions as the whole.
    let some = try catalogue(.train, limit: 5)
    for (index, id) in some.sampleIDs.enumerated() {
      #expect(try some.load(index..<index + 1).images == [images[Int(id)]])
      #expect(try some.captions(of: index) == train.captions(of: Int(id)))
    }
    for (index, id) in train.sampleIDs.enumerated() {
      let attributes = TintedFashion.attributes(of: id, label: train.labels[index], split: .train, seed: 5)
      #expect(try train.captions(of: index) == TintedFashion.sentences(for: attributes))
      #expect(try Set(train.captions(of: index)).count == 5)
    }
  }

  @Test func `sources without captions say so`() throws {
    let grey = try ImageSource.fashionMNIST(path: FixtureFile.folder.appending(path: "idx").path)
      .catalogue(split: .train, limit: 0, preparation: ImagePreparation(size: 4, channels: 1), seed: 5)
    #expect(try !grey.hasCaptions && grey.captions(of: 0).isEmpty)
  }

  @Test func `sentences have the right articles and words`() throws {
    let bag = TintedFashion.Attributes(
      label: 8, garment: try colour("orange"), background: try colour("blue"))
    #expect(
      TintedFashion.sentences(for: bag) == [
        "an orange bag on a blue background", "blue background, bag in orange", "bag, orange, on blue",
        "a bag in orange on a blue background", "the bag is orange, the background is blue",
      ])
    let trousers = TintedFashion.Attributes(
      label: 1, garment: try colour("red"), background: try colour("orange"))
    #expect(
      TintedFashion.sentences(for: trousers) == [
        "red trousers on an orange background", "orange background, trousers in red",
        "trousers, red, on orange", "trousers in red on an orange background",
        "the trousers are red, the background is orange",
      ])
    let boot = TintedFashion.Attributes(label: 9, garment: try colour("red"), background: try colour("white"))
    #expect(TintedFashion.sentences(for: boot)[3] == "an ankle boot in red on a white background")
  }

  @Test func `every sentence says what it is about`() {
    for attributes in everything {
      for sentence in TintedFashion.sentences(for: attributes) {
        #expect(TintedFashion.attributes(parsing: sentence) == attributes, "\(sentence)")
      }
    }
  }

  @Test func `sentences in other words are understood, incomplete ones are not`() throws {
    let dress = TintedFashion.Attributes(label: 3, garment: try colour("red"), background: try colour("blue"))
    for sentence in [
      "A RED dress on the blue background.", "blue background red dress", "Red dress on blue",
      "  a dress,\nred; the background is blue",
    ] {
      #expect(TintedFashion.attributes(parsing: sentence) == dress, "\(sentence)")
    }
    for sentence in [
      "", "a red dress", "a dress on a blue background", "red on a blue background", "a red dress on red",
      "a red dress and a white bag on blue", "a red and white dress on a blue background", "👗 🟥 🟦",
    ] {
      #expect(TintedFashion.attributes(parsing: sentence) == nil, "\(sentence)")
    }
    #expect(TintedFashion.attributes(parsing: "a red t-shirt on blue")?.label == 0)
    #expect(TintedFashion.attributes(parsing: "a red shirt on blue")?.label == 6)
  }

  @Test func `training lacks a tenth of the pairs, and draws all others evenly`() {
    var counts = [ImageSplit: [Int]]()
    for split in ImageSplit.allCases {
      var pairs = [Int](repeating: 0, count: 100)
      var backgrounds = [Int](repeating: 0, count: 10)
      for id in UInt64(0)..<20_000 {
        let label = UInt32(id % 10)
        let drawn = TintedFashion.attributes(of: id, label: label, split: split, seed: 3)
        #expect(drawn.garment != drawn.background && drawn.label == label)
        pairs[Int(label) * 10 + drawn.garment] += 1
        backgrounds[drawn.background] += 1
        #expect(split == .test || !drawn.isHeldOut)
      }
      counts[split] = pairs
      #expect(backgrounds.allSatisfy { (1700...2300).contains($0) })
    }
    let lacking = (0..<100).filter { counts[.train]?[$0] == 0 }
    #expect(lacking.count == 10 && counts[.test]?.allSatisfy { $0 > 150 } == true)
    #expect(Set(lacking.map { $0 / 10 }).count == 10, "each class lacks one colour")
    #expect(Set(lacking.map { $0 % 10 }).count == 10, "each colour is lacking once")
    #expect(counts[.train]?.allSatisfy { $0 == 0 || $0 > 150 } == true)
    #expect(everything.count { $0.isHeldOut } == 90)
  }

  @Test func `a picture is background, edge and shaded garment`() throws {
    let grey = Image(
      width: 28, height: 28, channels: 1,
      pixels: (0..<784).map { $0 < 8 ? [0, 8, 20, 32, 255, 8, 0, 0][$0] : 0 })
    let picture = TintedFashion.image(
      of: grey,
      TintedFashion.Attributes(label: 0, garment: try colour("red"), background: try colour("white")),
      noise: TintedFashion.noise(of: 0, seed: 1))
    func pixel(_ x: Int) -> [UInt8] { (0..<3).map { picture[2, 2 + x, $0] } }
    let white: [UInt8] = [250, 250, 250]
    #expect(pixel(0) == white && pixel(1) == white && pixel(-1) == white && pixel(5) == white)
    #expect(pixel(4) == [220, 30, 40])
    // At 32 the background is covered, and the shade is 0.55 + 0.45 · 32 / 255.
    #expect(pixel(3) == [133, 18, 24])
    // Half of each at 20, where the shade is 0.5853.
    #expect(pixel(2) == [189, 134, 137])
  }

  @Test func `a white background is behind every garment, and none is white`() throws {
    let white = try colour("white")
    var garments = Set<Int>()
    for id in UInt64(0)..<2000 {
      let drawn = TintedFashion.attributes(
        of: id, label: UInt32(id % 10), split: .test, seed: 3, background: .white)
      #expect(drawn.background == white && drawn.garment != white)
      garments.insert(drawn.garment)
    }
    #expect(garments.count == 9)
    let source = try ImageSource(
      named: "captions", path: FixtureFile.folder.appending(path: "idx").path, background: .white)
    let catalogue = try source.catalogue(split: .train, limit: 0, preparation: preparation, seed: 5)
    #expect(try catalogue.captions(of: 3)[0].hasSuffix(" on a white background"))
    let images = try catalogue.loadAll().images
    #expect(images.allSatisfy { TintedFashion.measuredColours(of: $0).background == white })
  }

  @Test func `noise is behind what a picture shows, another one for each picture and the same each time`()
    throws
  {
    let path = FixtureFile.folder.appending(path: "idx").path
    func catalogue(_ background: TintedFashion.Background, seed: UInt64 = 5) throws -> ImageCatalogue {
      try ImageSource(named: "captions", path: path, background: background)
        .catalogue(split: .train, limit: 0, preparation: preparation, seed: seed)
    }
    let images = try catalogue(.noise).loadAll().images
    #expect(try catalogue(.noise).loadAll().images == images)
    #expect(try catalogue(.noise, seed: 6).loadAll().images[0] != images[0])
    // The first row of the picture is above the garment's 28 pixels.
    let border = images.map { image in (0..<32 * 3).map { image.pixels[$0] } }
    #expect(Set(border).count == images.count)
    let values = border.flatMap { $0 }
    let mean = Double(values.reduce(0) { $0 + Int($1) }) / Double(values.count)
    #expect(abs(mean - 127.5) < 10 && values.contains { $0 < 8 } && values.contains { $0 > 247 })
    // What is covered whole is the same as before any background.
    let attributes = TintedFashion.Attributes(
      label: 0, garment: try colour("red"), background: TintedFashion.noise)
    let grey = Image(width: 28, height: 28, colour: [255])
    let picture = TintedFashion.image(of: grey, attributes, noise: TintedFashion.noise(of: 7, seed: 5))
    #expect((0..<3).map { picture[2, 2, $0] } == [220, 30, 40] && picture[29, 29, 0] == 220)
    #expect(TintedFashion.sentences(for: attributes).allSatisfy { $0.contains("nois") })
    #expect(TintedFashion.sentences(for: attributes)[2] == "t-shirt, red, on noise")
    #expect(TintedFashion.sentences(for: attributes)[0] == "a red t-shirt on a noisy background")
    #expect(
      TintedFashion.sentences(for: attributes).allSatisfy { TintedFashion.attributes(parsing: $0) == nil })
  }

  @Test func `plain pictures have no garment, and a size does not matter`() throws {
    let blue = try colour("blue")
    let plain = Image(width: 16, height: 16, colour: TintedFashion.palette[blue].channels)
    #expect(
      TintedFashion.measuredColours(of: plain)
        == TintedFashion.MeasuredColours(garment: nil, background: blue))
    let one = TintedFashion.measuredColours(of: Image(width: 1, height: 1, colour: [255, 0, 0]))
    #expect(try one.garment == nil && one.background == colour("red"))
  }

  private static let installed = "/usr/share/datasets/fashion-mnist"

  @Test(
    .enabled(
      if: FileManager.default.fileExists(atPath: installed),
      "NOT TESTED: dataset-fashion-mnist is not installed"), arguments: [32, 64])
  func `colours of real pictures are measured`(size: Int) throws {
    let images = try ImageSource.captions(path: Self.installed).catalogue(
      split: .test, limit: size == 32 ? 0 : 1_000, preparation: ImagePreparation(size: size, channels: 3),
      seed: 1)
    var right = 0
    for index in 0..<images.count {
      let attributes = TintedFashion.attributes(
        of: images.sampleIDs[index], label: images.labels[index], split: .test, seed: 1)
      let measured = TintedFashion.measuredColours(of: try images.load(index..<index + 1).images[0])
      if measured.garment == attributes.garment && measured.background == attributes.background { right += 1 }
    }
    #expect(1000 * right >= 999 * images.count, "\(right) of \(images.count)")
    if ProcessInfo.processInfo.environment["ORDEREDAR_SHOW_ERRORS"] != nil {
      print("colours measured at \(size): \(right) of \(images.count)")
    }
  }
}
