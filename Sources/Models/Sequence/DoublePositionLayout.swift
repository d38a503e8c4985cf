import Layers

/// Double positions (paper §6 and Appendix C; Pannatier et al. 2024; pipeline/method/text-to-image.md §2): for an order
/// π the sequence is [condition…, Z → π₀, X(π₀) → π₁, X(π₁) → π₂, …]. A row is the sum of a content, where it is, and where
/// the next one goes; the code at πᵢ is predicted at the row that leads there. Z, the start, is nothing but its next
/// location. The last content is never computed.
///
/// Locations are a grid row's vector plus a grid column's. The next location is absolute, or told from the present one:
/// its difference plus the side of the grid, where Z counts as the cell (0, 0). The condition is a class's row, or a text:
/// a start token and T tokens, each with the vector of its place, where every padded place has a token of its own.
public struct DoublePositionLayout: SequenceLayout {
  public let tables: [EmbeddingTable]
  public let shape: SequenceShape
  public let parameters: [Parameter]
  private let configuration: AnyOrderConfiguration
  private let prefix: Int

  /// Tables by their place in `tables`; those of texts' places come last, where there are any.
  private enum Table {
    static let (conditions, contents, rows, columns, nextRows, nextColumns, places) = (0, 1, 2, 3, 4, 5, 6)
  }

  public var partsPerRow: Int { 5 }
  public var fixedRows: Int { 0 }

  init(_ configuration: AnyOrderConfiguration) {
    self.configuration = configuration
    shape = Self.shape(configuration)
    prefix = Self.prefix(configuration)
    let shapes = configuration.parameterShapes
    // Embeddings of a model of texts do not decay; those of classes do, as RandAR's.
    func table(_ name: String) -> Parameter {
      Parameter(name, shape: shapes[name] ?? [], decays: configuration.text == nil)
    }
    let (conditions, contents) =
      configuration.text == nil
      ? (table("cls_embedding.embedding_table.weight"), table("tok_embeddings.weight"))
      : (table("text_emb.weight"), table("image_emb.weight"))
    let positions = ["cur_pos.row", "cur_pos.col", "next_pos.row", "next_pos.col"].map(table)
    let places = configuration.text == nil ? [] : [table("text_pos_emb.weight")]
    tables =
      [.rows(of: conditions), .rows(of: contents, dropsOut: true)]
      + (positions + places).map { .rows(of: $0) }
    parameters = [conditions, contents] + positions + places
  }

  /// Rows in front of Z.
  private static func prefix(_ configuration: AnyOrderConfiguration) -> Int {
    configuration.text.map { $0.length + 1 } ?? 1
  }

  /// The condition, then N rows that each predict; before a text's row predicts the one behind it.
  static func shape(_ configuration: AnyOrderConfiguration) -> SequenceShape {
    let prefix = prefix(configuration)
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
      write(last, next: location, into: rows, at: first + prefix + step)
      last = PlacedToken(
        location: location, code: batch.tokens[sequence * configuration.locations + location])
    }
  }

  public func writeTextTargets(
    _ condition: Condition, into targets: UnsafeMutableBufferPointer<Int32>
  ) {
    for place in targets.indices { targets[place] = Int32(textToken(condition, place)) }
  }

  // MARK: decoding

  public func writeFixed(_ number: Int, into rows: SequenceRows, at row: Int) {}

  /// The condition first; then a row for each token that was placed, which is the row that asked for it, without the one
  /// that is there already.
  public func contextRows(_ state: SequenceState, placed: Int) -> Int {
    (state.isStarted ? 0 : prefix) + placed - (state.committed != nil && placed > 0 ? 1 : 0)
  }

  public func writeContext(
    _ state: SequenceState, placed: [PlacedToken], into rows: SequenceRows, at first: Int
  ) {
    var (last, row) = (state.last, first)
    if !state.isStarted {
      writeCondition(state.condition, into: rows, at: row)
      row += prefix
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
    guard let text = configuration.text else {
      let label =
        switch condition {
        case .unconditional: configuration.classes
        case .label(let label): label
        case .text: preconditionFailure("a text for a model of classes")
        }
      precondition((0...configuration.classes).contains(label), "class \(label) of \(configuration.classes)")
      rows.set(first, rotary: 0, table: Table.conditions, row: label)
      return
    }
    // The start token is row 0, which pads never use.
    for place in 0...text.length {
      rows.set(
        first + place, rotary: 0, table: Table.conditions,
        row: place == 0 ? 0 : textToken(condition, place - 1))
      rows.add(first + place, table: Table.places, row: place)
    }
  }

  /// The token at a place of a text, from 0 on; a padded place's own one behind the vocabulary.
  private func textToken(_ condition: Condition, _ place: Int) -> Int {
    guard let text = configuration.text else { preconditionFailure("a model of classes has no texts") }
    var token = 0
    switch condition {
    case .unconditional: break
    case .label: preconditionFailure("a class for a model of texts")
    case .text(let tokens):
      precondition(tokens.count <= text.length, "\(tokens.count) tokens in a text of \(text.length)")
      if place < tokens.count { token = Int(tokens[place]) }
    }
    precondition(token < text.vocabulary, "token \(token) of a vocabulary of \(text.vocabulary)")
    return token == 0 ? text.vocabulary + place : token
  }
}
