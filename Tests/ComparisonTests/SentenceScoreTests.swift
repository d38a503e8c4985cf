import Comparison
import Files
import Foundation
import Images
import Models
import TestSupport
import Testing
import Weights

/// Whether pictures show what they should, on pictures that are drawn here.
struct SentenceScoreTests {
  /// A classifier that takes every picture for a dress.
  private func score(classes: Int = TintedFashion.classWords.count) throws -> SentenceScore {
    let classifier = ImageClassifier(
      configuration: ImageClassifierConfiguration(
        imageSize: 8, imageChannels: 1, classes: classes, channels: 2, multipliers: [1], residualBlocks: 1,
        groups: 1))
    classifier.head.bias.value[classes > 3 ? 3 : 0] = 1
    let names = (0..<classes).map { "class \($0)" }
    return try SentenceScore(ClassifierFile(classifier: classifier, classNames: names), path: "c.shard")
  }

  /// A garment that is a square.
  private static let grey: Image = {
    var image = Image(width: 28, height: 28, colour: [0])
    for y in 6..<22 { for x in 6..<22 { image[y, x, 0] = 200 } }
    return image
  }()

  private static func attributes(_ label: UInt32, _ garment: Int, _ background: Int)
    -> TintedFashion.Attributes
  {
    TintedFashion.Attributes(label: label, garment: garment, background: background)
  }

  @Test func `each of the three is judged by itself`() throws {
    let shown = Self.attributes(3, 0, 5)
    let said = [
      shown, Self.attributes(4, 0, 5), Self.attributes(3, 1, 5), Self.attributes(3, 0, 6),
      Self.attributes(3, 5, 0),
    ]
    let picture = TintedFashion.image(of: Self.grey, shown, noise: TintedFashion.noise(of: 0, seed: 0))
    let found = try score().outcomes(of: said.map { _ in picture }, expected: said)
    #expect(
      found == [
        .init(garment: true, background: true, label: true),
        .init(garment: true, background: true, label: false),
        .init(garment: false, background: true, label: true),
        .init(garment: true, background: false, label: true),
        .init(garment: false, background: false, label: true),
      ])
    #expect(found.map(\.all) == [true, false, false, false, false])
    let plain = Image(width: 32, height: 32, colour: TintedFashion.palette[5].channels)
    #expect(
      try score().outcomes(of: [plain], expected: [shown])
        == [.init(garment: false, background: true, label: true)])
  }

  @Test func `a classifier of other classes is refused`() throws {
    #expect(throws: (any Error).self) { try score(classes: 2) }
  }

  @Test func `rates are over all pictures, errors over seeds, and held-out pairs have rows of their own`()
    throws
  {
    let held = Self.attributes(3, TintedFashion.heldOutGarment(of: 3), 0)
    let seen = Self.attributes(3, 0, 5)
    #expect(held.isHeldOut && !seen.isHeldOut)
    let right = SentenceScore.Outcome(garment: true, background: true, label: true)
    let wrong = SentenceScore.Outcome(garment: false, background: true, label: true)
    let rows = try #require(
      SentencesRecord.Rows([
        [(seen, right), (seen, right), (held, wrong), (seen, wrong)], [(seen, right), (held, wrong)],
      ]))
    #expect(rows.all.images == 6 && rows.all.garment.rate == 0.5 && rows.all.background.rate == 1)
    #expect(rows.all.all.rate == 0.5 && rows.all.garment.values == [0.5, 0.5])
    #expect(rows.all.garment.standardError == 0)
    #expect(rows.seen?.images == 4 && rows.seen?.garment.rate == 0.75)
    #expect(
      rows.seen?.garment.values == [2.0 / 3, 1]
        && abs((rows.seen?.garment.standardError ?? 0) - 1.0 / 6) < 1e-12)
    #expect(rows.heldOut?.images == 2 && rows.heldOut?.all.rate == 0)
    #expect(abs((rows.heldOut?.all.interval[1] ?? 0) - 0.6576198) < 1e-6)
    let one = try #require(SentencesRecord.Rows([[(seen, right)]]))
    #expect(one.heldOut == nil && one.all.garment.standardError == nil)
    #expect(SentencesRecord.Rows([[]]) == nil)
  }

  @Test func `an arm's sentences are read beside its pictures, by seed, and the ceiling from real ones`()
    throws
  {
    let place = try TemporaryFolder()
    let said = [Self.attributes(3, 0, 5), Self.attributes(3, 2, 4), Self.attributes(1, 7, 9)]
    for (index, attributes) in said.enumerated() {
      let folder = place.file("arm/seed-\(index / 2)")
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      try PNG.write(
        TintedFashion.image(of: Self.grey, attributes, noise: TintedFashion.noise(of: 0, seed: 0)),
        to: "\(folder)/\(index).png")
      try writeAtomically(
        Array(TintedFashion.sentences(for: attributes)[index].utf8), to: "\(folder)/\(index).txt")
    }
    let real = try ImageSource.captions(path: FixtureFile.folder.appending(path: "idx").path).catalogue(
      split: .test, limit: 0, preparation: ImagePreparation(size: 32, channels: 3), seed: 1)
    var done = 0
    let found = try score().record(of: ArmPictures(place.file("arm")), real: real) { done += $0 }
    #expect(found.arm == "arm" && done == 9)
    #expect(found.generated.all.images == 3 && found.generated.all.label.values == [1, 0])
    #expect(found.generated.all.garment.rate == 1 && found.generated.all.background.rate == 1)
    #expect(found.ceiling?.all.images == 6)
    try writeAtomically(Array("a dress".utf8), to: place.file("arm/seed-0/0.txt"))
    #expect(throws: (any Error).self) {
      try score().record(of: ArmPictures(place.file("arm")), real: real) { _ in }
    }
  }
}
