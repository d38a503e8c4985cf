import Layers
import Models

/// Rows unlike position tokens: N of them, and each predicts. A row is the sum of what was placed last, where it is, and
/// where the next token goes, so that the query *is* the last content's row. Only tests use it: whatever is above a
/// layout has to work with it as with any other.
public struct NextLocationLayout: SequenceLayout {
  private let classes: Parameter
  private let contents: Parameter
  private let current: Parameter
  private let next: Parameter
  public let tables: [EmbeddingTable]
  public let shape: SequenceShape
  private let locations: Int

  public var partsPerRow: Int { 3 }
  public var fixedRows: Int { 0 }
  public var parameters: [Parameter] { [classes, contents, current, next] }

  /// A model of such rows with random weights.
  public static func model(_ configuration: AnyOrderConfiguration) -> AnyOrderTransformer {
    let model = AnyOrderTransformer(
      configuration: configuration, layout: NextLocationLayout(configuration))
    model.initialise(seed: 4)
    for (index, parameter) in model.parameters.enumerated() where parameter.value.rows > 1 {
      parameter.value.copy(
        from: randomTensor(parameter.value.shape, seed: UInt64(index), deviation: 0.3))
    }
    return model
  }

  private init(_ configuration: AnyOrderConfiguration) {
    func table(_ name: String, _ rows: Int) -> Parameter {
      Parameter(name, shape: [rows, configuration.width])
    }
    locations = configuration.locations
    classes = table("classes", configuration.classes + 1)
    contents = table("contents", configuration.codes)
    current = table("current", locations)
    next = table("next", locations)
    tables = parameters(classes, contents, current, next)
    shape = SequenceShape(length: locations, predictions: .all)

    func parameters(_ all: Parameter...) -> [EmbeddingTable] { all.map { .rows(of: $0) } }
  }

  public func write(_ batch: AnyOrderBatch, sequence: Int, into rows: SequenceRows, at first: Int) {
    let condition = batch.conditions[sequence]
    var last: PlacedToken?
    for step in 0..<locations {
      let location = batch.orders[sequence * locations + step]
      write(condition, last, location, into: rows, at: first + step)
      last = PlacedToken(location: location, code: batch.tokens[sequence * locations + location])
    }
  }

  public func writeFixed(_ number: Int, into rows: SequenceRows, at row: Int) {}

  public func contextRows(_ state: SequenceState, placed: Int) -> Int {
    placed - (state.committed != nil && placed > 0 ? 1 : 0)
  }

  public func writeContext(
    _ state: SequenceState, placed: [PlacedToken], into rows: SequenceRows, at first: Int
  ) {
    var (last, row) = (state.last, first)
    for (index, token) in placed.enumerated() {
      if index > 0 || state.committed == nil {
        write(state.condition, last, token.location, into: rows, at: row)
        row += 1
      }
      last = token
    }
  }

  public func writeQuery(_ state: SequenceState, location: Int, into rows: SequenceRows, at row: Int) {
    write(state.condition, state.last, location, into: rows, at: row)
  }

  private func write(
    _ condition: Condition, _ last: PlacedToken?, _ location: Int, into rows: SequenceRows, at row: Int
  ) {
    // The rotary row of location 0, which turns nothing.
    if let last {
      rows.set(row, rotary: 1, table: 1, row: last.code)
      rows.add(row, table: 2, row: last.location)
    } else if case .label(let label) = condition {
      rows.set(row, rotary: 1, table: 0, row: label)
    } else {
      rows.set(row, rotary: 1, table: 0, row: classes.value.rows - 1)
    }
    rows.add(row, table: 3, row: location)
  }
}
