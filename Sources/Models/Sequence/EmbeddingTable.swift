import Kernels
import Layers

/// A table whose rows are summands of sequence rows.
public struct EmbeddingTable: Sendable {
  public let parameter: Parameter
  /// How many rows it gives.
  public let rows: Int
  /// Whether its row l is the parameter's only one, every head of it turned by the rotary row 1 + l.
  let isTurned: Bool
  /// Whether token dropout applies to sequence rows that begin with one of its rows.
  let dropsOut: Bool

  /// The parameter's own rows.
  package static func rows(of parameter: Parameter, dropsOut: Bool = false) -> EmbeddingTable {
    EmbeddingTable(parameter: parameter, rows: parameter.shape[0], isTurned: false, dropsOut: dropsOut)
  }

  /// The parameter's one row, turned by each of so many locations.
  static func turned(_ parameter: Parameter, locations: Int) -> EmbeddingTable {
    precondition(parameter.shape[0] == 1, "one row is turned")
    return EmbeddingTable(parameter: parameter, rows: locations, isTurned: true, dropsOut: false)
  }
}

/// The embedding of sequence rows by a layout's tables: one gather forward, one scatter backward.
package final class SequenceEmbedding: Sendable {
  private let tables: [EmbeddingTable]
  /// The rows of each table, (rows, C); the parameter itself, unless it is turned.
  private let values: [Tensor]
  /// Where they begin: loops over rows count no references.
  private let pointers: [FloatPointer]
  private let dropsOut: [Bool]
  private let rotary: RotaryTable?
  private let width: Int
  /// Columns that one thread owns when gradients are added: a head where rows are turned.
  private let slice: Int
  private var slices: Int { (width + slice - 1) / slice }
  /// A slice of a gradient row, for each slice.
  private let turned: Tensor

  package init(_ model: AnyOrderTransformer) {
    let configuration = model.configuration
    tables = model.layout.tables
    rotary = model.rotary
    width = configuration.width
    slice = rotary == nil ? Self.columns : configuration.headWidth
    values = tables.map { $0.isTurned ? Tensor($0.rows, configuration.width) : $0.parameter.value }
    pointers = values.map { FloatPointer(start: $0.pointer) }
    dropsOut = tables.map(\.dropsOut)
    turned = Tensor((width + slice - 1) / slice, slice)
    refresh()
  }

  /// A slice's columns where no row is turned: whole cache lines.
  private static let columns = 32

  /// Takes over what the parameters are now.
  func refresh() {
    for (table, values) in zip(tables, values) where table.isTurned {
      for row in 0..<table.rows {
        values.row(row).update(from: table.parameter.value.pointer, count: width)
        withUnsafePointer(to: Int32(1 + row)) {
          rotary?.rotate(RowView(values, row: row), rows: 1, heads: slices, by: $0)
        }
      }
    }
  }

  /// The rows of a table, (rows, C).
  package func rows(ofTable table: Int) -> Tensor { values[table] }

  /// x ← Σ parts, the first of them with token dropout where the layout wants it.
  ///
  /// - Parameters:
  ///   - range: the rows to embed.
  ///   - target: (range, C).
  ///   - firstBatchRow: row of the whole batch that row 0 of `rows` stands for; keys dropout masks.
  @inline(__always)
  func gather(
    _ rows: SequenceRows, _ range: Range<Int>, into target: UnsafeMutablePointer<Float>,
    dropout: Dropout? = nil, firstBatchRow: Int = 0
  ) {
    for row in range {
      let x = target + (row - range.lowerBound) * width
      let first = rows.part(0, of: row)
      x.update(from: pointers[first.table].start + first.row * width, count: width)
      if dropsOut[first.table] {
        dropout?.apply(x, count: width, first: (firstBatchRow + row) * width)
      }
      for index in 1..<max(rows.parts(of: row), 1) {
        let part = rows.part(index, of: row)
        add(pointers[part.table].start + part.row * width, to: x, count: width)
      }
    }
  }

  /// Adds ∂L/∂x to the gradients of all parts. Each thread owns whole slices of the width, so that sums keep one order.
  ///
  /// - Parameter dx: (rows, C), to which dropout's mask is applied in place.
  func scatter(_ dx: Tensor, _ rows: SequenceRows, count: Int, dropout: Dropout?, firstBatchRow: Int) {
    // What is added to a row is behind the mask, the row itself before it.
    if rows.partsPerRow > 1 { scatter(dx, rows, count: count, parts: 1..<rows.partsPerRow) }
    if let dropout {
      Parallel.ranges(count, size: 256) { [self] range in
        for row in range where dropsOut[rows.part(0, of: row).table] {
          dropout.apply(dx.row(row), count: width, first: (firstBatchRow + row) * width)
        }
      }
    }
    scatter(dx, rows, count: count, parts: 0..<1)
  }

  private func scatter(_ dx: Tensor, _ rows: SequenceRows, count: Int, parts: Range<Int>) {
    let targets = tables.map {
      (gradient: FloatPointer(start: $0.parameter.gradient.pointer), isTurned: $0.isTurned)
    }
    Parallel.forEach(slices) { [self] index in
      let column = index * slice
      let columns = min(slice, width - column)
      for row in 0..<count {
        let gradient = dx.row(row) + column
        for number in parts.lowerBound..<min(parts.upperBound, max(rows.parts(of: row), parts.lowerBound)) {
          let part = rows.part(number, of: row)
          let target = targets[part.table]
          guard target.isTurned, let rotary else {
            add(gradient, to: target.gradient.start + part.row * width + column, count: columns)
            continue
          }
          turned.row(index).update(from: gradient, count: columns)
          withUnsafePointer(to: Int32(1 + part.row)) {
            rotary.rotateBackward(RowView(turned, row: index), rows: 1, heads: 1, by: $0)
          }
          add(turned.row(index), to: target.gradient.start + column, count: columns)
        }
      }
    }
  }
}

/// Where a tensor's numbers begin; whoever holds one holds the tensor too.
private struct FloatPointer: @unchecked Sendable {
  let start: UnsafeMutablePointer<Float>
}
