import Images
import TestSupport
import Testing

/// `resize.safetensors`: five images, each resized by ten resizers elsewhere.
@Suite struct ResamplingTests {
  struct Case {
    let input: Image
    let width: Int
    let height: Int
  }

  private let file: FixtureFile

  init() throws { file = try FixtureFile(named: "resize") }

  private func input(_ number: Int) -> Case {
    let shape = file.shape("\(number).in")
    let target = file.shape("\(number).tf1")
    let image = Image(
      width: shape[1], height: shape[0], channels: shape[2], pixels: file.bytes("\(number).in"))
    return Case(input: image, width: target[1], height: target[0])
  }

  private func largestDifference(_ found: FloatImage, _ key: String) -> Float {
    let expected = file.floats(key)
    guard found.values.count == expected.count else { return .infinity }
    return zip(found.values, expected).map { abs($0 - $1) }.max() ?? .infinity
  }

  @Test(arguments: 0..<5) func `bilinear without antialiasing agrees with both references`(number: Int) {
    let test = input(number)
    let image = FloatImage(test.input)
    let tf1 = image.bilinear(width: test.width, height: test.height, halfPixel: false)
    #expect(largestDifference(tf1, "\(number).tf1") <= 1e-5)
    let centred = image.bilinear(width: test.width, height: test.height, halfPixel: true)
    #expect(largestDifference(centred, "\(number).halfpixel") <= 3e-4)
  }

  @Test(arguments: 0..<5, PillowFilter.allCases)
  func `Pillow's filters agree in Float`(number: Int, filter: PillowFilter) {
    let test = input(number)
    let found = FloatImage(test.input).resampled(width: test.width, height: test.height, filter: filter)
    #expect(largestDifference(found, "\(number).pil_\(filter.rawValue)_f32") <= 1e-4)
  }

  @Test(arguments: 0..<5, PillowFilter.allCases)
  func `Pillow's filters agree exactly in bytes`(number: Int, filter: PillowFilter) {
    let test = input(number)
    let found = test.input.resampled(width: test.width, height: test.height, filter: filter)
    #expect(found.pixels == file.bytes("\(number).pil_\(filter.rawValue)_u8"))
  }

  @Test func `clipping limits the overshoot of bicubic to bytes`() {
    let image = FloatImage(width: 2, height: 1, channels: 1, values: [0, 255])
    let larger = image.resampled(width: 8, height: 1, filter: .bicubic)
    #expect(larger.values.contains { $0 < 0 })
    #expect(larger.clipped.values.allSatisfy { $0 >= 0 && $0 <= 255 })
  }

  @Test(arguments: PillowFilter.allCases)
  func `a plain image stays plain at any size`(filter: PillowFilter) {
    let image = Image(width: 7, height: 5, colour: [10, 200, 255])
    for (width, height) in [(1, 1), (3, 9), (40, 2)] {
      #expect(
        image.resampled(width: width, height: height, filter: filter)
          == Image(width: width, height: height, colour: [10, 200, 255]))
    }
  }
}
