import Randomness

/// In which order the locations of an image are generated or learned.
public enum OrderPolicy: String, Codable, Sendable, CaseIterable {
  /// Left to right, top to bottom.
  case raster
  /// A uniform random permutation for each image.
  case random
  /// The most confident free location next: equation (1).
  case greedy
  /// Orders read from order shards.
  case given
}

/// Making and describing orders: permutations of raster locations.
public enum GenerationOrder {
  public static func raster(_ locations: Int) -> [Int] { Array(0..<locations) }

  /// The uniform random order of one image: a function of (seed, purpose, image).
  public static func random(_ locations: Int, seed: UInt64, purpose: String, _ image: UInt64) -> [Int] {
    var stream = RandomStream(seed: seed, purpose: purpose, image)
    return stream.permutation(locations)
  }

  /// Mean Euclidean distance between the grid cells of consecutive steps, the paper's d
  /// (pipeline/method/orders.md §7).
  @inlinable
  public static func meanStepDistance<Order: Sequence>(_ order: Order, gridWidth: Int) -> Double
  where Order.Element: FixedWidthInteger {
    var total = 0.0
    var steps = 0
    var previous: (row: Int, column: Int)?
    for location in order {
      let cell = Int(location).quotientAndRemainder(dividingBy: gridWidth)
      if let previous {
        let rows = Double(previous.row - cell.quotient)
        let columns = Double(previous.column - cell.remainder)
        total += (rows * rows + columns * columns).squareRoot()
        steps += 1
      }
      previous = (cell.quotient, cell.remainder)
    }
    return steps > 0 ? total / Double(steps) : 0
  }
}
