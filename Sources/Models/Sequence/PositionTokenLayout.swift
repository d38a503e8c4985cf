import Kernels
import Layers

/// Position tokens (RandAR; paper §4.2; pipeline/method/transformer.md §2): for an order π the sequence is
/// [class, P(π₀), X(π₀), P(π₁), X(π₁), …]. X(l) embeds the token at location l and P(l) announces that l comes next.
/// Logits of X(πᵢ) are read at P(πᵢ). The last content is never computed, because nothing reads it.
///
/// P(l) is one shared vector, its heads turned by the location. Locations enter through the rotary embedding alone; the
/// sequence index is not encoded.
public struct PositionTokenLayout: SequenceLayout {
  /// (V, C).
  public let tokenEmbedding: Parameter
  /// (classes + 1, C); the last row means "no class".
  public let classEmbedding: Parameter
  /// The one shared position vector (1, C).
  public let positionVector: Parameter
  public let tables: [EmbeddingTable]
  public let shape: SequenceShape
  private let locations: Int
  private let nullClass: Int

  private enum Table { static let (classes, contents, positions) = (0, 1, 2) }

  public var partsPerRow: Int { 1 }
  /// The position tokens, by location.
  public var fixedRows: Int { locations }
  public var parameters: [Parameter] { [positionVector, classEmbedding, tokenEmbedding] }

  init(_ configuration: AnyOrderConfiguration) {
    let width = configuration.width
    tokenEmbedding = Parameter("tok_embeddings.weight", shape: [configuration.codes, width])
    classEmbedding = Parameter(
      "cls_embedding.embedding_table.weight", shape: [configuration.classes + 1, width])
    positionVector = Parameter("pos_instruct_embeddings", shape: [1, width])
    shape = Self.shape(configuration)
    locations = configuration.locations
    nullClass = configuration.classes
    tables = [
      .rows(of: classEmbedding), .rows(of: tokenEmbedding, dropsOut: true),
      .turned(positionVector, locations: locations),
    ]
  }

  /// A class, then N position tokens alternating with the first N − 1 contents.
  static func shape(_ configuration: AnyOrderConfiguration) -> SequenceShape {
    SequenceShape(
      length: 2 * configuration.locations, predictions: CausalAttention.Queries(first: 1, step: 2))
  }

  // MARK: training

  public func write(_ batch: AnyOrderBatch, sequence: Int, into rows: SequenceRows, at first: Int) {
    writeCondition(batch.conditions[sequence], into: rows, at: first)
    for step in 0..<locations {
      let location = batch.orders[sequence * locations + step]
      let row = first + 1 + 2 * step
      writeFixed(location, into: rows, at: row)
      guard step + 1 < locations else { continue }
      let code = batch.tokens[sequence * locations + location]
      write(PlacedToken(location: location, code: code), into: rows, at: row + 1)
    }
  }

  // MARK: decoding

  /// The condition first; then both tokens of what was placed, without a position token that is there already.
  public func contextRows(_ state: SequenceState, placed: Int) -> Int {
    (state.isStarted ? 0 : 1) + 2 * placed - (state.committed != nil && placed > 0 ? 1 : 0)
  }

  public func writeContext(
    _ state: SequenceState, placed: [PlacedToken], into rows: SequenceRows, at first: Int
  ) {
    var row = first
    if !state.isStarted {
      writeCondition(state.condition, into: rows, at: row)
      row += 1
    }
    for (index, token) in placed.enumerated() {
      if index > 0 || state.committed == nil {
        writeFixed(token.location, into: rows, at: row)
        row += 1
      }
      write(token, into: rows, at: row)
      row += 1
    }
  }

  public func writeQuery(_ state: SequenceState, location: Int, into rows: SequenceRows, at row: Int) {
    writeFixed(location, into: rows, at: row)
  }

  // MARK: rows

  /// P(l).
  public func writeFixed(_ location: Int, into rows: SequenceRows, at row: Int) {
    rows.set(row, rotary: 1 + location, table: Table.positions, row: location, fixed: location)
  }

  /// X(l).
  private func write(_ token: PlacedToken, into rows: SequenceRows, at row: Int) {
    rows.set(row, rotary: 1 + token.location, table: Table.contents, row: token.code)
  }

  private func writeCondition(_ condition: Condition, into rows: SequenceRows, at row: Int) {
    let label =
      switch condition {
      case .unconditional: nullClass
      case .label(let label): label
      case .text: preconditionFailure("a text for a model of classes")
      }
    precondition((0...nullClass).contains(label), "class \(label) of \(nullClass)")
    rows.set(row, rotary: 0, table: Table.classes, row: label)
  }
}
