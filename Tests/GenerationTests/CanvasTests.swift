import Generation
import Testing

/// Masks and canvases: which cells are known, and where windows lie.
@Suite struct CanvasTests {
  @Test func `a cell is unknown if any of its pixels is masked`() {
    // 3×2 cells of 2×2 pixels; pixels (1, 1) and (4, 2) are masked.
    var pixels = [Bool](repeating: false, count: 6 * 4)
    pixels[1 * 4 + 1] = true
    pixels[4 * 4 + 2] = true
    let mask = TokenMask(masked: pixels, height: 3, width: 2, patch: 2)
    #expect(mask.unknown == [0, 5] && mask.known == [1, 2, 3, 4])
    #expect(
      mask.pixels(patch: 2).indices.filter { mask.pixels(patch: 2)[$0] } == [0, 1, 4, 5, 18, 19, 22, 23])
    #expect(mask.dilated(by: 0) == mask)
    #expect(mask.dilated(by: 1).unknown == [0, 1, 2, 3, 4, 5])
    let corner = TokenMask(height: 3, width: 3, isKnown: [false] + [Bool](repeating: true, count: 8))
    #expect(corner.dilated(by: 1).unknown == [0, 1, 3, 4])
  }

  @Test func `random masks cover their share, uniformly, and depend on seed and image alone`() {
    var counts = [Int](repeating: 0, count: 16)
    for image in 0..<2000 {
      let mask = TokenMask.random(height: 4, width: 4, fraction: 0.3, seed: 5, image: UInt64(image))
      #expect(mask.unknown.count == 5)
      for cell in mask.unknown { counts[cell] += 1 }
    }
    // 2,000 · 5/16 = 625 each, with a deviation of 21.
    #expect(counts.allSatisfy { abs($0 - 625) < 90 }, "\(counts)")
    func mask(_ seed: UInt64, _ image: UInt64) -> TokenMask {
      TokenMask.random(height: 7, width: 7, fraction: 0.5, seed: seed, image: image)
    }
    #expect(mask(1, 2) == mask(1, 2) && mask(1, 2) != mask(2, 2) && mask(1, 2) != mask(1, 3))
  }

  /// The rows and columns that unknown cells span, which a block fills.
  private func span(_ mask: TokenMask) -> (rows: Int, columns: Int) {
    let (rows, columns) = (mask.unknown.map { $0 / mask.width }, mask.unknown.map { $0 % mask.width })
    return ((rows.max() ?? 0) - (rows.min() ?? 0) + 1, (columns.max() ?? 0) - (columns.min() ?? 0) + 1)
  }

  @Test(arguments: [0.01, 0.25, 0.5, 0.75, 0.999]) func `blocks and rectangles lie side by side, anywhere`(
    fraction: Double
  ) {
    var (spans, corners): (Set<[Int]>, Set<Int>) = ([], [])
    for image in 0..<400 {
      let block = TokenMask.random(
        height: 8, width: 8, fraction: fraction, shape: .block, seed: 3, image: UInt64(image))
      let side = min(max(Int((fraction.squareRoot() * 8).rounded()), 1), 8)
      let (rows, columns) = span(block)
      #expect(block.unknown.count == rows * columns && !block.known.isEmpty)
      #expect(
        columns == (fraction == 0.999 ? 8 : Int((fraction * 64 / Double(side)).rounded()).clamped(1, 8)))
      #expect(rows == (fraction == 0.999 ? 7 : side))
      corners.insert(block.unknown[0])
      let other = TokenMask.random(
        height: 8, width: 8, fraction: fraction, shape: .rectangle, seed: 3, image: UInt64(image))
      let found = span(other)
      #expect(other.unknown.count == found.rows * found.columns && !other.known.isEmpty)
      if fraction == 0.25 { #expect(abs(other.unknown.count - 16) <= 3, "\(found)") }
      spans.insert([found.rows, found.columns])
    }
    // Every place that has room is taken, and rectangles are high and wide.
    if fraction == 0.25 { #expect(corners.count == 25 && spans.contains([3, 5]) && spans.contains([5, 3])) }
    #expect(fraction > 0.9 || fraction < 0.1 || spans.count > 2)
  }

  @Test(
    arguments: [
      [CanvasPlan.Move(.right, 5)], [.init(.up, 1), .init(.left, 9)],
      [.init(.down, 4), .init(.right, 4), .init(.up, 2)],
    ], 1...3)
  func `windows fill a grown canvas, each given something`(moves: [CanvasPlan.Move], stride: Int) {
    let plan = CanvasPlan(grid: 4, extended: moves, stride: stride)
    func total(_ direction: CanvasPlan.Direction) -> Int {
      moves.filter { $0.direction == direction }.map(\.cells).reduce(0, +)
    }
    #expect(plan.height == 4 + total(.up) + total(.down) && plan.width == 4 + total(.left) + total(.right))
    #expect(plan.origin == .init(row: total(.up), column: total(.left)))
    var filled = plan.placing([Bool](repeating: true, count: 16), grid: 4, empty: false)
    #expect(filled.count { $0 } == 16)
    for window in plan.windows {
      #expect(window.row >= 0 && window.row + 4 <= plan.height)
      #expect(window.column >= 0 && window.column + 4 <= plan.width)
      let cells = plan.cells(of: window, grid: 4)
      #expect(cells.contains { filled[$0] }, "a window without known cells")
      for cell in cells { filled[cell] = true }
    }
    #expect(filled.allSatisfy { $0 })
  }

  @Test func `a shifted image lies where it was moved to, cell by cell and pixel by pixel`() {
    let plan = CanvasPlan(grid: 2, shifted: [.init(.right, 1), .init(.up, 1)])
    #expect(plan.origin == .init(row: -1, column: 1) && plan.windows.count == 1)
    #expect(plan.placing([1, 2, 3, 4], grid: 2, empty: 0) == [0, 3, 0, 0])
    // Cells of 2 pixels a side with 2 values each.
    let pixels = Array(1...32)
    let moved = plan.placing(pixels, grid: 2, side: 2, values: 2, empty: 0)
    #expect(Array(moved[4..<8]) == Array(pixels[16..<20]) && Array(moved[12..<16]) == Array(pixels[24..<28]))
    #expect(moved.count { $0 == 0 } == 24)
  }
}

extension Int {
  fileprivate func clamped(_ low: Int, _ high: Int) -> Int { Swift.min(Swift.max(self, low), high) }
}
