import Files
import Sampling
import Testing

@Suite struct EditRegionTests {
  private func masks(_ region: EditRegion, image: UInt64 = 3) throws -> (pixels: [Bool], unknown: [Int]) {
    let (pixels, cells) = try region.masks(size: 8, grid: 4, seed: 7, image: image)
    return (pixels, cells.unknown)
  }

  private func rectangle(_ text: String, dilation: Int = 0) throws -> EditRegion {
    .masked(.rectangle(try #require(Rectangle(argument: text))), dilation: dilation)
  }

  @Test func `cells that a rectangle touches are drawn, and so are those around them`() throws {
    // Cells are 2 by 2 pixels: a pixel in the first row and another column over the edge of a cell.
    let (pixels, unknown) = try masks(rectangle("1,0,2,1"))
    #expect(pixels.indices.filter { pixels[$0] } == [1, 2])
    #expect(unknown == [0, 1])
    #expect(try masks(rectangle("1,0,2,1", dilation: 1)).unknown == [0, 1, 2, 4, 5, 6])
  }

  @Test func `a share of cells is another one for every image, and always the same for one`() throws {
    let region = EditRegion.masked(.fraction(0.5, .scattered), dilation: 0)
    let drawn = try (0..<20).map { try masks(region, image: $0).unknown }
    #expect(drawn.allSatisfy { $0.count == 8 })
    #expect(Set(drawn).count > 15)
    #expect(try masks(region, image: 4).unknown == drawn[4])
  }

  @Test func `a mask beside the image, or over all of it, is refused`() throws {
    for (text, words) in [
      ("8,8,3,3", "covers no pixel of the 8x8 image"), ("0,0,8,8", "touches all 4x4 cells"),
    ] {
      let error = #expect(throws: (any Error).self) { try masks(rectangle(text)) }
      let failure = try #require(error as? any StageFailure)
      #expect(failure.exitCode == 65)
      #expect(failure.description.contains(words), "\(failure.description)")
    }
  }

  @Test func `windows overlap, and an image is not shifted off its canvas`() throws {
    #expect(throws: (any Error).self) { try EditRegion.extended([.init(.right, 4)], stride: 4).plan(grid: 4) }
    #expect(throws: (any Error).self) { try EditRegion.shifted([.init(.left, 4)]).plan(grid: 4) }
    #expect(throws: (any Error).self) {
      try EditRegion.shifted([.init(.left, 1), .init(.right, 1)]).plan(grid: 4)
    }
    #expect(try EditRegion.extended([.init(.right, 4)], stride: nil).plan(grid: 4).width == 8)
  }
}
