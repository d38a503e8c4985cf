import Images
import Testing

@Suite struct OrderMapTests {
  @Test func `the first step is yellow and the last violet`() {
    #expect(OrderColours.colour(at: 0) == [253, 231, 37])
    #expect(OrderColours.colour(at: 1) == [68, 1, 84])
    #expect(OrderColours.colour(at: -3) == OrderColours.colour(at: 0))
    #expect(OrderColours.colour(at: .nan) == [128, 128, 128])
    #expect(OrderColours.colour(step: 0, of: 1) == [253, 231, 37])
    let bar = OrderColours.bar(width: 9, height: 2)
    #expect(Array(bar.pixels.prefix(3)) == [253, 231, 37] && Array(bar.pixels.suffix(3)) == [68, 1, 84])
  }

  @Test func `each cell has the colour of the step that filled it`() {
    let order = [2, 0, 3, 1]
    let map = OrderMap.render(order: order, gridHeight: 2, gridWidth: 2, cellSize: 3)
    #expect(map.width == 6 && map.height == 6 && map.channels == 3)
    for (step, location) in order.enumerated() {
      let (row, column) = (location / 2 * 3, location % 2 * 3)
      for (y, x) in [(row, column), (row + 2, column + 2)] {
        #expect((0..<3).map { map[y, x, $0] } == OrderColours.colour(step: step, of: 4))
      }
    }
  }

  @Test func `opacity mixes the colours with the image below`() {
    let white = Image(width: 4, height: 4, colour: [255])
    let order: [UInt16] = [0, 1, 2, 3]
    func map(_ opacity: Double) -> Image {
      OrderMap.render(order: order, gridHeight: 2, gridWidth: 2, cellSize: 2, over: white, opacity: opacity)
    }
    #expect(map(0) == Image(width: 4, height: 4, colour: [255, 255, 255]))
    #expect(map(1) == OrderMap.render(order: order, gridHeight: 2, gridWidth: 2, cellSize: 2))
    #expect(map(0.5)[0, 0, 0] == 254)
  }

  @Test func `mean steps average the inverse orders`() {
    #expect(OrderMap.steps(of: [2, 0, 1]) == [1, 2, 0])
    #expect(OrderMap.meanSteps(of: [[2, 0, 1], [0, 1, 2]]) == [0.5, 1.5, 1])
    #expect(OrderMap.meanSteps(of: []) == [])
  }

  @Test func `a grid places images row by row`() {
    let images = (0..<3).map { Image(width: 2, height: 2, colour: [UInt8($0)]) }
    let grid = ImageGrid.compose(images, columns: 2, gap: 1)
    #expect(grid.width == 5 && grid.height == 5 && grid.channels == 1)
    #expect(Array(grid.pixels[0..<5]) == [0, 0, 255, 1, 1])
    #expect(Array(grid.pixels[10..<15]) == [255, 255, 255, 255, 255])
    #expect(Array(grid.pixels[20..<25]) == [2, 2, 255, 255, 255])
  }

  @Test func `a grid with one colour image is in colour`() {
    let grid = ImageGrid.compose(
      [Image(width: 1, height: 1, colour: [7]), Image(width: 1, height: 1, colour: [1, 2, 3])], columns: 5,
      gap: 0)
    #expect(grid.pixels == [7, 7, 7, 1, 2, 3])
  }

  @Test func `nearest neighbour enlarges without new values`() {
    let image = Image(width: 2, height: 1, channels: 1, pixels: [3, 9])
    #expect(image.nearest(width: 4, height: 2).pixels == [3, 3, 9, 9, 3, 3, 9, 9])
    #expect(image.nearest(width: 4, height: 2).nearest(width: 2, height: 1) == image)
  }

  @Test func `luma follows the broadcast weights`() {
    let image = Image(
      width: 4, height: 1, channels: 3, pixels: [255, 0, 0, 0, 255, 0, 0, 0, 255, 255, 255, 255])
    #expect(image.converted(channels: 1).pixels == [76, 150, 29, 255])
    #expect(Image(width: 1, height: 1, colour: [9]).converted(channels: 3).pixels == [9, 9, 9])
  }

  @Test func `known cells are grey and the colours run over the others`() {
    // Cells 2 and 0 were known, then 3 and 1 drawn.
    let map = OrderMap.render(order: [2, 0, 3, 1], known: 2, gridHeight: 2, gridWidth: 2, cellSize: 1)
    let expected = [
      [128, 128, 128], OrderColours.colour(at: 1), [128, 128, 128], OrderColours.colour(at: 0),
    ]
    #expect(map.pixels == expected.flatMap { $0 })
    let all = OrderMap.render(order: [2, 0, 3, 1], known: 0, gridHeight: 2, gridWidth: 2, cellSize: 1)
    #expect(all == OrderMap.render(order: [2, 0, 3, 1], gridHeight: 2, gridWidth: 2, cellSize: 1))
    let one = OrderMap.render(order: [1, 0], known: 1, gridHeight: 1, gridWidth: 2, cellSize: 1)
    #expect(Array(one.pixels.prefix(3)) == OrderColours.colour(at: 0))
  }

  @Test func `masked pixels are painted over, or kept while the others are pasted`() {
    let image = Image(width: 2, height: 1, channels: 1, pixels: [10, 20])
    #expect(image.masked([false, true], colour: [1, 2, 3]).pixels == [10, 10, 10, 1, 2, 3])
    let other = Image(width: 2, height: 1, channels: 1, pixels: [70, 80])
    #expect(image.pasting(other, outside: [false, true]).pixels == [70, 20])
    let colour = Image(width: 1, height: 2, channels: 3, pixels: [1, 2, 3, 4, 5, 6])
    let white = Image(width: 1, height: 2, colour: [255, 255, 255])
    #expect(white.pasting(colour, outside: [true, false]).pixels == [255, 255, 255, 4, 5, 6])
  }
}
