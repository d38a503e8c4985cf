import Layers

/// What a model is told that predicts where to go on (an order policy; pipeline/method/orders.md): for an order π the
/// sequence is [condition…, X(π₀), X(π₁), …, X(π_{N−2})]. A row is the sum of a content and where it is; πᵢ is predicted
/// behind X(πᵢ₋₁), and π₀ behind the condition.
///
/// There are no queries: what is asked is the row that was fed last.
public struct PolicyLayout: SequenceLayout {
  public let tables: [EmbeddingTable]
  public let shape: SequenceShape
  public let parameters: [Parameter]
  private let configuration: AnyOrderConfiguration
  private let condition: ConditionRows

  private enum Table {
    static let (conditions, contents, rows, columns, places) = (0, 1, 2, 3, 4)
  }

  public var partsPerRow: Int { 3 }
  public var fixedRows: Int { 0 }

  init(_ configuration: AnyOrderConfiguration) {
    self.configuration = configuration
    shape = Self.shape(configuration)
    let rows = LocationTables(configuration, positions: ["cur_pos.row", "cur_pos.col"])
    (condition, tables, parameters) = (rows.condition, rows.tables, rows.parameters)
  }

  /// The condition, whose last row predicts, and all contents but the last, which predict too.
  static func shape(_ configuration: AnyOrderConfiguration) -> SequenceShape {
    let last = ConditionRows.count(configuration) - 1
    return SequenceShape(
      length: last + configuration.locations, predictions: CausalAttention.Queries(first: last, step: 1))
  }

  public func write(_ batch: AnyOrderBatch, sequence: Int, into rows: SequenceRows, at first: Int) {
    write(batch.conditions[sequence], into: rows, at: first)
    for step in 0..<configuration.locations - 1 {
      let location = batch.orders[sequence * configuration.locations + step]
      let code = batch.tokens[sequence * configuration.locations + location]
      write(
        PlacedToken(location: location, code: code), into: rows, at: first + condition.count + step)
    }
  }

  public func writeFixed(_ number: Int, into rows: SequenceRows, at row: Int) {}

  public func contextRows(_ state: SequenceState, placed: Int) -> Int {
    (state.isStarted ? 0 : condition.count) + placed
  }

  public func writeContext(
    _ state: SequenceState, placed: [PlacedToken], into rows: SequenceRows, at first: Int
  ) {
    var row = first
    if !state.isStarted {
      write(state.condition, into: rows, at: row)
      row += condition.count
    }
    for token in placed {
      write(token, into: rows, at: row)
      row += 1
    }
  }

  public func writeQuery(_ state: SequenceState, location: Int, into rows: SequenceRows, at row: Int) {
    preconditionFailure("a policy is not asked for a location")
  }

  private func write(_ token: PlacedToken, into rows: SequenceRows, at row: Int) {
    rows.set(row, rotary: 0, table: Table.contents, row: token.code)
    rows.add(row, table: Table.rows, row: token.location / configuration.gridWidth)
    rows.add(row, table: Table.columns, row: token.location % configuration.gridWidth)
  }

  private func write(_ condition: Condition, into rows: SequenceRows, at first: Int) {
    self.condition.write(condition, into: rows, at: first, contents: Table.conditions, places: Table.places)
  }
}
