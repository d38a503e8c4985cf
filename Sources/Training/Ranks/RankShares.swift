/// Which blocks of an optimiser each rank keeps the moments of and updates (Rajbhandari et al. 2020, "ZeRO", stage 1).
///
/// The blocks of every part of the gradient are halved for each doubling of the distance between ranks, as the sums of
/// gradients are: rank 0 and its partner at distance 1 keep a half each, of which rank 0 and its partner at distance 2 keep
/// a half each, and so on. All blocks of a matrix whose step needs all of it stay together.
struct RankShares {
  /// Consecutive blocks that stay together.
  private let units: [Range<Int>]
  /// Values of all units before each.
  private let before: [Int]
  /// The units of each part.
  private let ranges: [Range<Int>]

  /// - Parameter parts: ranges of parameters.
  init(blocks: [OptimizerBlock], parts: [Range<Int>]) {
    var units: [Range<Int>] = []
    for (index, block) in blocks.enumerated() {
      if !block.takesSteps, !block.startsParameter, let last = units.popLast() {
        units.append(last.lowerBound..<index + 1)
      } else {
        units.append(index..<index + 1)
      }
    }
    before = units.reduce(into: [0]) { sums, unit in
      sums.append((sums.last ?? 0) + blocks[unit].reduce(0) { $0 + $1.count })
    }
    let owners = units.map { blocks[$0.lowerBound].parameter }
    ranges = parts.map { parameters in
      let first = owners.firstIndex { $0 >= parameters.lowerBound } ?? units.count
      let end = owners.firstIndex { $0 >= parameters.upperBound } ?? units.count
      return first..<max(first, end)
    }
    self.units = units
  }

  /// The blocks of a part that a rank has after it has met its partners at all distances below one.
  func blocks(ofPart part: Int, rank: Int, before distance: Int) -> Range<Int> {
    var range = ranges[part]
    var smaller = 1
    while smaller < distance {
      let middle = middle(of: range)
      range = rank & smaller == 0 ? range.lowerBound..<middle : middle..<range.upperBound
      smaller *= 2
    }
    guard !range.isEmpty else { return 0..<0 }
    return units[range.lowerBound].lowerBound..<units[range.upperBound - 1].upperBound
  }

  var parts: Range<Int> { ranges.indices }

  /// All blocks of a rank among so many.
  func blocks(of rank: Int, among count: Int) -> [Int] {
    parts.flatMap { blocks(ofPart: $0, rank: rank, before: count) }.sorted()
  }

  /// Where the first half of the units' values ends.
  private func middle(of range: Range<Int>) -> Int {
    let half = (before[range.upperBound] - before[range.lowerBound] + 1) / 2
    return range.first { before[$0] - before[range.lowerBound] >= half } ?? range.upperBound
  }
}
