/// Draws when each cell of a token grid was generated.
public enum OrderMap {
  /// The map of one order.
  /// - Parameters:
  ///   - order: order[t] is the location (row-major) generated at step t; a permutation of the grid's cells.
  ///   - cellSize: the side of a cell in pixels.
  ///   - image: an image to lay the colours over, scaled to the grid by nearest neighbour.
  ///   - opacity: how much of the colour covers the image, 0...1.
  public static func render(
    order: some Collection<some BinaryInteger>, gridHeight: Int, gridWidth: Int, cellSize: Int,
    over image: Image? = nil, opacity: Double = 0.6
  ) -> Image {
    render(
      meanSteps: steps(of: order).map { Double($0) }, gridHeight: gridHeight, gridWidth: gridWidth,
      cellSize: cellSize, over: image, opacity: opacity)
  }

  /// The map of a mean step per location, for instance over all images of a class: step 0 is yellow, the last
  /// step (number of cells less one) violet. NaN, for a location without a value, is grey.
  public static func render(
    meanSteps: [Double], gridHeight: Int, gridWidth: Int, cellSize: Int, over image: Image? = nil,
    opacity: Double = 0.6
  ) -> Image {
    let count = gridHeight * gridWidth
    precondition(
      meanSteps.count == count, "\(meanSteps.count) steps do not fill a \(gridHeight)x\(gridWidth) grid")
    precondition(cellSize > 0, "a cell needs a positive size")
    let last = Double(max(count - 1, 1))
    let colours = meanSteps.map { OrderColours.colour(at: $0 / last) }
    let (width, height) = (gridWidth * cellSize, gridHeight * cellSize)
    let below = image?.converted(channels: 3).nearest(width: width, height: height)
    var pixels = [UInt8]()
    pixels.reserveCapacity(width * height * 3)
    for y in 0..<height {
      for x in 0..<width {
        let colour = colours[y / cellSize * gridWidth + x / cellSize]
        for channel in 0..<3 {
          guard let below else {
            pixels.append(colour[channel])
            continue
          }
          let mixed = Double(colour[channel]) * opacity + Double(below[y, x, channel]) * (1 - opacity)
          pixels.append(UInt8(min(max(mixed.rounded(), 0), 255)))
        }
      }
    }
    return Image(width: width, height: height, channels: 3, pixels: pixels)
  }

  /// The map of one order whose first `known` locations were there before: these are grey, and the colours
  /// run over the others.
  public static func render(
    order: some Collection<some BinaryInteger>, known: Int, gridHeight: Int, gridWidth: Int, cellSize: Int
  ) -> Image {
    let last = Double(max(order.count - 1, 1))
    let scale = last / Double(max(order.count - known - 1, 1))
    let shown = steps(of: order).map { $0 < known ? .nan : Double($0 - known) * scale }
    return render(meanSteps: shown, gridHeight: gridHeight, gridWidth: gridWidth, cellSize: cellSize)
  }

  /// The step at which each location was generated: the inverse permutation.
  public static func steps(of order: some Collection<some BinaryInteger>) -> [Int] {
    var steps = [Int](repeating: -1, count: order.count)
    for (step, location) in order.enumerated() {
      precondition(
        location >= 0 && location < order.count && steps[Int(location)] < 0,
        "an order is a permutation of its cells")
      steps[Int(location)] = step
    }
    return steps
  }

  /// The mean step per location over several orders of one grid; empty for no orders.
  public static func meanSteps(of orders: some Sequence<[Int]>) -> [Double] {
    var sums = [Int]()
    var count = 0
    for order in orders {
      let steps = steps(of: order)
      if sums.isEmpty { sums = [Int](repeating: 0, count: steps.count) }
      precondition(sums.count == steps.count, "orders of one grid have one length")
      for location in steps.indices { sums[location] += steps[location] }
      count += 1
    }
    return sums.map { Double($0) / Double(max(count, 1)) }
  }
}
