import Kernels

/// What the rows of a pass or of a decoding step are made of: which rows of which tables each is the sum of, and which
/// row of the rotary table turns its queries and keys.
public final class SequenceRows: Sendable {
  public let count: Int
  let partsPerRow: Int
  /// Row of the rotary table, (rows).
  let rotary: TensorOf<Int32>
  /// Number of the row among a layout's fixed ones, −1 for none, (rows).
  let fixed: TensorOf<Int32>
  /// Summands in use, (rows).
  private let partCounts: TensorOf<Int32>
  /// Table and row of each summand, (rows, parts, 2).
  private let parts: TensorOf<Int32>

  init(_ count: Int, layout: any SequenceLayout) {
    self.count = count
    partsPerRow = layout.partsPerRow
    rotary = TensorOf(count)
    fixed = TensorOf(count)
    partCounts = TensorOf(count)
    parts = TensorOf(count, 2 * layout.partsPerRow)
  }

  /// Makes a row one row of a table.
  @inline(__always)
  package func set(_ row: Int, rotary rotaryRow: Int, table: Int, row tableRow: Int, fixed number: Int = -1) {
    clear(row)
    rotary.pointer[row] = Int32(rotaryRow)
    fixed.pointer[row] = Int32(number)
    add(row, table: table, row: tableRow)
  }

  /// Makes a row nothing, to be added to; it is none of the fixed ones.
  @inline(__always)
  package func clear(_ row: Int) {
    rotary.pointer[row] = 0
    fixed.pointer[row] = -1
    partCounts.pointer[row] = 0
  }

  /// Adds another summand to a row.
  @inline(__always)
  package func add(_ row: Int, table: Int, row tableRow: Int) {
    let index = Int(partCounts.pointer[row])
    precondition(index < partsPerRow, "a row of this layout has \(partsPerRow) summands at most")
    let part = parts.row(row) + 2 * index
    (part[0], part[1]) = (Int32(table), Int32(tableRow))
    partCounts.pointer[row] += 1
  }

  @inline(__always)
  func parts(of row: Int) -> Int { Int(partCounts.pointer[row]) }

  @inline(__always)
  func part(_ index: Int, of row: Int) -> (table: Int, row: Int) {
    let part = parts.row(row) + 2 * index
    return (Int(part[0]), Int(part[1]))
  }
}
