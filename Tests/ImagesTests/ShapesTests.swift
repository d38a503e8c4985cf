import Images
import Testing

@Suite struct ShapesTests {
  @Test func `a shape is a pure function of seed and id`() throws {
    let first = try ImageSource.shapes.load(split: .train, limit: 40, size: 28, channels: 1, seed: 7)
    let again = try ImageSource.shapes.load(split: .train, limit: 40, size: 28, channels: 1, seed: 7)
    #expect(first == again)
    #expect(first.images[13] == Shapes.image(seed: 7, id: 13, size: 28))
    #expect(first.images[13] != Shapes.image(seed: 8, id: 13, size: 28))
    #expect(Set(first.images.map(\.pixels)).count == 40)
  }

  @Test func `classes are balanced and the splits share no id`() throws {
    let train = try ImageSource.shapes.load(split: .train, limit: 0, size: 12, channels: 1, seed: 1)
    let test = try ImageSource.shapes.load(split: .test, limit: 0, size: 12, channels: 1, seed: 1)
    #expect(train.count == 400 && test.count == 100)
    for label in UInt32(0)..<4 { #expect(train.labels.count { $0 == label } == 100) }
    #expect(Set(train.sampleIDs).isDisjoint(with: test.sampleIDs))
  }

  @Test func `every shape is bright on a plain background and keeps off the border`() {
    for id in UInt64(0)..<200 {
      let image = Shapes.image(seed: 3, id: id, size: 28)
      let background = image[0, 0, 0]
      #expect(background <= 48)
      for edge in 0..<28 {
        for value in [image[0, edge, 0], image[27, edge, 0], image[edge, 0, 0], image[edge, 27, 0]] {
          #expect(value == background)
        }
      }
      #expect(image.pixels.count { $0 >= 135 } > 20)
    }
  }

  /// All of them together would take minutes to draw, and gigabytes.
  @Test(.timeLimit(.minutes(30)))
  func `images are drawn when they are asked for`() throws {
    let images = try ImageSource.shapes.catalogue(
      split: .train, limit: 1_000_000, preparation: ImagePreparation(size: 128, channels: 1), seed: 7)
    #expect(images.count == 1_000_000)
    let last = try images.load(999_998..<1_000_000)
    #expect(last.images == [999_998, 999_999].map { Shapes.image(seed: 7, id: $0, size: 128) })
    #expect(try images.source(of: 999_999) == last.images[1].pixels)
  }
}
