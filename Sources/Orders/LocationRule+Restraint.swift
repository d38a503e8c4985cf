/// Choosing under a restraint (pipeline/method/orders.md §10).
extension LocationRule {
  /// The only location that may be taken, so that nobody needs to be asked: an index among the free ones, or nil where
  /// scores decide.
  ///
  /// - Parameter previous: the last location placed, nil at the first step.
  public func forced(free: [Int], previous: Int?, grid: (height: Int, width: Int)) -> Int? {
    guard case .blocks(let height, let width) = restraint, let previous else { return nil }
    let block = Self.block(of: previous, height, width, grid)
    return free.firstIndex { Self.block(of: $0, height, width, grid) == block }
  }

  /// The one location of each image where the rule leaves none of them another, so that nobody needs to be asked; nil
  /// where one has a choice.
  ///
  /// - Parameter images: the free locations in raster order and the last location placed of an image.
  public func forced(
    _ images: [(free: [Int], previous: Int?)], grid: (height: Int, width: Int)
  ) -> [[Int]]? {
    var only: [[Int]] = []
    for (free, previous) in images {
      guard let index = forced(free: free, previous: previous, grid: grid) else { return nil }
      only.append([free[index]])
    }
    return only
  }

  /// The locations of a restrained rule, one after the other.
  func chooseRestrained(
    _ scores: [Float], free: [Int], count: Int, previous: Int?, grid: (height: Int, width: Int)
  ) -> [Int] {
    var chosen: [Int] = []
    // Indices among the free locations that are left.
    var left = Array(free.indices)
    var last = previous
    for _ in 0..<count {
      let place = pick(
        left.map { scores[$0] }, free: left.map { free[$0] }, previous: last, grid: grid)
      chosen.append(left.remove(at: place))
      last = free[chosen[chosen.count - 1]]
    }
    return chosen
  }

  private func pick(
    _ scores: [Float], free: [Int], previous: Int?, grid: (height: Int, width: Int)
  ) -> Int {
    switch restraint {
    case .none: return LocationChoice.best(scores)
    case .frontier:
      let edge = Self.edge(free, grid)
      return edge[LocationChoice.best(edge.map { scores[$0] })]
    case .anchor(let order, let price):
      let next = Self.first(of: order, among: free)
      let best = LocationChoice.best(scores)
      return Double(scores[best]) - Double(scores[next]) > price ? best : next
    case .blocks(let height, let width):
      if let index = forced(free: free, previous: previous, grid: grid) { return index }
      return Self.firstOfBestBlock(scores, free, height, width, grid)
    }
  }

  /// The index of the free location that comes first in an order.
  private static func first(of order: [Int], among free: [Int]) -> Int {
    var index = [Int](repeating: -1, count: order.count)
    for (place, location) in free.enumerated() { index[location] = place }
    return order.lazy.map { index[$0] }.first { $0 >= 0 } ?? 0
  }

  /// Indices of the free locations next to known ones; of all while nothing is known.
  private static func edge(_ free: [Int], _ grid: (height: Int, width: Int)) -> [Int] {
    var isFree = [Bool](repeating: false, count: grid.height * grid.width)
    for location in free { isFree[location] = true }
    let edge = free.indices.filter { index in
      let (row, column) = free[index].quotientAndRemainder(dividingBy: grid.width)
      return (row > 0 && !isFree[free[index] - grid.width])
        || (row + 1 < grid.height && !isFree[free[index] + grid.width])
        || (column > 0 && !isFree[free[index] - 1])
        || (column + 1 < grid.width && !isFree[free[index] + 1])
    }
    return edge.isEmpty ? Array(free.indices) : edge
  }

  /// The number of the block in which a location lies.
  private static func block(
    of location: Int, _ height: Int, _ width: Int, _ grid: (height: Int, width: Int)
  ) -> Int {
    let (row, column) = location.quotientAndRemainder(dividingBy: grid.width)
    return row / height * ((grid.width + width - 1) / width) + column / width
  }

  /// The first free location of the block whose free locations have the highest mean score; of the first such block
  /// on ties.
  private static func firstOfBestBlock(
    _ scores: [Float], _ free: [Int], _ height: Int, _ width: Int, _ grid: (height: Int, width: Int)
  ) -> Int {
    var blocks: [Int: (first: Int, sum: Double, count: Int)] = [:]
    for (index, location) in free.enumerated() {
      let number = block(of: location, height, width, grid)
      let known = blocks[number] ?? (index, 0, 0)
      blocks[number] = (known.first, known.sum + Double(scores[index]), known.count + 1)
    }
    let ranked = blocks.sorted { $0.key < $1.key }.map(\.value)
    return ranked[LocationChoice.best(ranked.map { $0.sum / Double($0.count) })].first
  }
}
