import Foundation
import Randomness

/// An order of a grid's locations that no image has a say in (pipeline/method/orders.md §10).
public enum Curve: String, Codable, Sendable, CaseIterable {
  /// Row by row.
  case raster
  /// Column by column.
  case columns
  /// Row by row, every other one backwards: neighbours follow each other.
  case boustrophedon
  /// From the top left corner along the edge to the middle.
  case spiralIn = "spiral-in"
  /// The same backwards: from the middle to the top left corner.
  case spiralOut = "spiral-out"
  /// A space-filling curve that stays in a quarter until it is full, on grids of any sides.
  case hilbert
  /// A low-discrepancy sequence, which spreads over the grid at any length.
  case halton
  /// Every 2^k-th row and column first, then those halfway between.
  case coarseToFine = "coarse-to-fine"
  /// A permutation by a seed.
  case random

  /// All locations of a grid by step.
  ///
  /// - Parameters:
  ///   - seed: which permutation `random` is; the others are what they are.
  ///   - number: which of the permutations of that seed.
  public func order(height: Int, width: Int, seed: UInt64 = 0, number: UInt64 = 0) -> [Int] {
    let count = height * width
    switch self {
    case .raster: return Array(0..<count)
    case .columns: return (0..<count).map { $0 % height * width + $0 / height }
    case .boustrophedon:
      return (0..<count).map { $0 / width % 2 == 0 ? $0 : $0 / width * width + width - 1 - $0 % width }
    case .spiralIn: return Self.spiral(height, width)
    case .spiralOut: return Self.spiral(height, width).reversed()
    case .hilbert: return Self.hilbert(height, width)
    case .halton: return Self.halton(height, width)
    case .coarseToFine: return Self.coarseToFine(height, width)
    case .random: return GenerationOrder.random(count, seed: seed, purpose: "orders.curve", number)
    }
  }

  private static func spiral(_ height: Int, _ width: Int) -> [Int] {
    var order: [Int] = []
    var (rows, columns) = (0..<height, 0..<width)
    while !rows.isEmpty && !columns.isEmpty {
      let (top, left, bottom, right) = (
        rows.lowerBound, columns.lowerBound, rows.upperBound - 1, columns.upperBound - 1
      )
      order += columns.map { top * width + $0 }
      order += rows.dropFirst().map { $0 * width + right }
      if bottom > top { order += columns.dropLast().reversed().map { bottom * width + $0 } }
      if right > left { order += rows.dropFirst().dropLast().reversed().map { $0 * width + left } }
      rows = top + 1..<max(bottom, top + 1)
      columns = left + 1..<max(right, left + 1)
    }
    return order
  }

  /// Each quarter of the grid, entered at one corner and left at a neighbouring one; sides of any length are parted at
  /// their middle, evenly where that keeps steps short.
  private static func hilbert(_ height: Int, _ width: Int) -> [Int] {
    var order: [Int] = []
    /// Fills the parallelogram from (row, column) along `a` and across along `b`, vectors along the axes.
    func fill(_ row: Int, _ column: Int, _ a: (row: Int, column: Int), _ b: (row: Int, column: Int)) {
      let (length, breadth) = (abs(a.row + a.column), abs(b.row + b.column))
      let (along, across) = (
        (row: a.row.signum(), column: a.column.signum()), (row: b.row.signum(), column: b.column.signum())
      )
      if length == 1 || breadth == 1 {
        let (step, count) = breadth == 1 ? (along, length) : (across, breadth)
        order += (0..<count).map { (row + $0 * step.row) * width + column + $0 * step.column }
        return
      }
      var (halfA, halfB) = (
        (row: half(a.row), column: half(a.column)), (row: half(b.row), column: half(b.column))
      )
      if 2 * length > 3 * breadth {
        if abs(halfA.row + halfA.column) % 2 == 1 && length > 2 {
          halfA = (halfA.row + along.row, halfA.column + along.column)
        }
        fill(row, column, halfA, b)
        fill(row + halfA.row, column + halfA.column, (a.row - halfA.row, a.column - halfA.column), b)
        return
      }
      if abs(halfB.row + halfB.column) % 2 == 1 && breadth > 2 {
        halfB = (halfB.row + across.row, halfB.column + across.column)
      }
      fill(row, column, halfB, halfA)
      fill(row + halfB.row, column + halfB.column, a, (b.row - halfB.row, b.column - halfB.column))
      fill(
        row + a.row - along.row + halfB.row - across.row,
        column + a.column - along.column + halfB.column - across.column, (-halfB.row, -halfB.column),
        (-(a.row - halfA.row), -(a.column - halfA.column)))
    }
    /// Half of it, towards the lower.
    func half(_ extent: Int) -> Int { Int((Double(extent) / 2).rounded(.down)) }
    if width >= height { fill(0, 0, (0, width), (height, 0)) } else { fill(0, 0, (height, 0), (0, width)) }
    return order
  }

  /// Cells in the sequence in which the points (x₂, x₃) of the bases 2 and 3 first hit them.
  private static func halton(_ height: Int, _ width: Int) -> [Int] {
    func radicalInverse(_ index: Int, base: Int) -> Double {
      var (rest, digit, value) = (index, 1.0 / Double(base), 0.0)
      while rest > 0 {
        value += Double(rest % base) * digit
        rest /= base
        digit /= Double(base)
      }
      return value
    }
    var isThere = [Bool](repeating: false, count: height * width)
    var order: [Int] = []
    var index = 1
    while order.count < isThere.count {
      let row = min(Int(radicalInverse(index, base: 2) * Double(height)), height - 1)
      let column = min(Int(radicalInverse(index, base: 3) * Double(width)), width - 1)
      index += 1
      if isThere[row * width + column] { continue }
      isThere[row * width + column] = true
      order.append(row * width + column)
    }
    return order
  }

  private static func coarseToFine(_ height: Int, _ width: Int) -> [Int] {
    let deepest = Int.bitWidth - (max(height, width) - 1).leadingZeroBitCount
    /// How often both coordinates can be halved.
    func level(_ location: Int) -> Int {
      let both = (location / width) | (location % width)
      return both == 0 ? deepest : min(both.trailingZeroBitCount, deepest)
    }
    return (0..<height * width).sorted { (-level($0), $0) < (-level($1), $1) }
  }
}
