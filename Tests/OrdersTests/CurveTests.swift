import Orders
import Testing

/// Orders of a grid that no image has a say in.
@Suite struct CurveTests {
  private static let grids = [
    (1, 1), (1, 7), (5, 1), (2, 2), (3, 3), (4, 4), (7, 7), (8, 8), (6, 9), (5, 12), (16, 16), (13, 4),
    (3, 5),
  ]

  @Test(arguments: Curve.allCases) func `every curve visits every location of any grid once`(curve: Curve) {
    for (height, width) in Self.grids {
      let order = curve.order(height: height, width: width, seed: 4)
      #expect(order.sorted() == Array(0..<height * width), "\(curve) \(height)×\(width)")
    }
  }

  @Test func `curves of a small grid are those drawn by hand`() {
    func order(_ curve: Curve, _ height: Int = 3, _ width: Int = 3) -> [Int] {
      curve.order(height: height, width: width)
    }
    #expect(order(.raster, 2, 3) == [0, 1, 2, 3, 4, 5])
    #expect(order(.columns, 2, 3) == [0, 3, 1, 4, 2, 5])
    #expect(order(.boustrophedon) == [0, 1, 2, 5, 4, 3, 6, 7, 8])
    #expect(order(.spiralIn) == [0, 1, 2, 5, 8, 7, 6, 3, 4])
    #expect(order(.spiralOut) == [4, 3, 6, 7, 8, 5, 2, 1, 0])
    #expect(order(.spiralIn, 2, 4) == [0, 1, 2, 3, 7, 6, 5, 4])
    #expect(order(.hilbert, 2, 2) == [0, 2, 3, 1])
    // Every fourth row and column, then every second, then the rest.
    #expect(order(.coarseToFine, 5, 5).prefix(9) == [0, 4, 20, 24, 2, 10, 12, 14, 22])
    // (1/2, 1/3), (1/4, 2/3), (3/4, 1/9), (1/8, 4/9), … of the unit square in cells.
    #expect(order(.halton).prefix(5) == [4, 2, 6, 1, 5])
  }

  @Test(arguments: [Curve.boustrophedon, .spiralIn, .spiralOut, .hilbert])
  func `neighbours follow each other`(curve: Curve) {
    for (height, width) in Self.grids where height % 2 == 0 || width % 2 == 0 || curve != .hilbert {
      let order = curve.order(height: height, width: width)
      let steps = zip(order, order.dropFirst()).map { a, b in
        abs(a / width - b / width) + abs(a % width - b % width)
      }
      // Where an odd side meets a longer even one, a Hilbert curve has a diagonal step.
      #expect(steps.count { $0 != 1 } <= (curve == .hilbert ? 1 : 0), "\(curve) \(height)×\(width): \(steps)")
    }
  }

  @Test func `a Hilbert curve fills a quarter before it leaves it`() {
    let order = Curve.hilbert.order(height: 8, width: 8)
    let quarters = order.map { $0 / 8 / 4 * 2 + $0 % 8 / 4 }
    #expect(zip(quarters, quarters.dropFirst()).count { $0 != $1 } == 3)
  }

  @Test func `random orders depend on seed and number`() {
    let orders = [(1, 0), (1, 1), (2, 0)].map { seed, number in
      Curve.random.order(height: 4, width: 4, seed: UInt64(seed), number: UInt64(number))
    }
    #expect(Set(orders).count == 3)
    #expect(Curve.random.order(height: 4, width: 4, seed: 1) == orders[0])
  }
}
