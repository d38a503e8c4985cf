import Layers

/// Double positions (paper §6 and Appendix C; Pannatier et al. 2024; pipeline/method/text-to-image.md §2): for an order
/// π the sequence is [condition…, Z → π₀, X(π₀) → π₁, X(π₁) → π₂, …]. A row is the sum of a content, where it is, and where
/// the next one goes; the code at πᵢ is predicted at the row that leads there. Z, the start, is nothing but its next
/// location. The last content is never computed.
///
/// Locations are a grid row's vector plus a grid column's. The next location is absolute, or told from the present one:
/// its difference plus the side of the grid, where Z counts as the cell (0, 0).
public struct DoublePositionLayout: SequenceLayout {
  public let tables: [EmbeddingTable]
  public let shape: SequenceShape
  public let parameters: [Parameter]
  private let configuration: AnyOrderConfiguration
  private let condition: ConditionRows

  /// Tables by their place in `tables`; those of texts' places come last, where there are any.
  private enum Table {
    static let (conditions, contents, rows, columns, nextRows, nextColumns, places) = (0, 1, 2, 3, 4, 5, 6)
  }

  public var partsPerRow: Int { 5 }
  public var fixedRows: Int { 0 }

  init(_ configuration: AnyOrderConfiguration) {
    self.configuration = configuration
    shape = Self.shape(configuration)
    let rows = LocationTables(
      configuration, positions: ["cur_pos.row", "cur_pos.col", "next_pos.row", "next_pos.col"])
    (condition, tables, parameters) = (rows.condition, rows.tables, rows.parameters)
  }

  /// The condition, then N rows that each predict; before a text's row predicts the one behind it.
  static func shape(_ configuration: AnyOrderConfiguration) -> SequenceShape {
    let prefix = ConditionRows.count(configuration)
    return SequenceShape(
      length: prefix + configuration.locations, predictions: CausalAttention.Queries(first: prefix, step: 1),
      textPredictions: configuration.text?.length ?? 0)
  }

  // MARK: training

  public func write(_ batch: AnyOrderBatch, sequence: Int, into rows: SequenceRows, at first: Int) {
    writeCondition(batch.conditions[sequence], into: rows, at: first)
    var last: PlacedToken?
    for step in 0..<configuration.locations {
      let location = batch.orders[sequence * configuration.locations + step]
      write(last, next: location, into: rows, at: first + condition.count + step)
      last = PlacedToken(
        location: location, code: batch.tokens[sequence * configuration.locations + location])
    }
  }

  public func writeTextTargets(
    _ condition: Condition, into targets: UnsafeMutableBufferPointer<Int32>
  ) {
    for place in targets.indices { targets[place] = Int32(self.condition.token(of: condition, at: place)) }
  }

  // MARK: decoding

  public func writeFixed(_ number: Int, into rows: SequenceRows, at row: Int) {}

  /// The condition first; then a row for each token that was placed, which is the row that asked for it, without the one
  /// that is there already.
  public func contextRows(_ state: SequenceState, placed: Int) -> Int {
    (state.isStarted ? 0 : condition.count) + placed - (state.committed != nil && placed > 0 ? 1 : 0)
  }

  public func writeContext(
    _ state: SequenceState, placed: [PlacedToken], into rows: SequenceRows, at first: Int
  ) {
    var (last, row) = (state.last, first)
    if !state.isStarted {
      writeCondition(state.condition, into: rows, at: row)
      row += condition.count
    }
    for (index, token) in placed.enumerated() {
      if index > 0 || state.committed == nil {
        write(last, next: token.location, into: rows, at: row)
        row += 1
      }
      last = token
    }
  }

  public func writeQuery(_ state: SequenceState, location: Int, into rows: SequenceRows, at row: Int) {
    write(state.last, next: location, into: rows, at: row)
  }

  // MARK: rows

  /// X(l) → l′, or Z → l′.
  private func write(_ last: PlacedToken?, next: Int, into rows: SequenceRows, at row: Int) {
    let width = configuration.gridWidth
    rows.clear(row)
    if let last {
      rows.add(row, table: Table.contents, row: last.code)
      rows.add(row, table: Table.rows, row: last.location / width)
      rows.add(row, table: Table.columns, row: last.location % width)
    }
    var (nextRow, nextColumn) = (next / width, next % width)
    if configuration.positions == .doubleRelative {
      let from = last?.location ?? 0
      nextRow += configuration.gridHeight - from / width
      nextColumn += width - from % width
    }
    rows.add(row, table: Table.nextRows, row: nextRow)
    rows.add(row, table: Table.nextColumns, row: nextColumn)
  }

  private func writeCondition(_ condition: Condition, into rows: SequenceRows, at first: Int) {
    self.condition.write(
      condition, into: rows, at: first, contents: Table.conditions, places: Table.places)
  }
}
