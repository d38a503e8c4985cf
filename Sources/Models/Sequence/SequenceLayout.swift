import Layers

/// How a condition and an image in some order become the rows of a transformer's sequence: which rows there are, what
/// each is the sum of, which of them predict, and what is fed and asked in decoding. Only a layout knows one kind of
/// row from another; what is above it speaks of conditions, placed tokens and locations.
///
/// A model has another layout by conforming to this and by being named in `AnyOrderConfiguration.sequence`. A query's row
/// may depend on the token placed last (`SequenceState.last`): a layout may ask with the last content's own row and an
/// embedding of where it goes next, as `DoublePositionLayout` does.
public protocol SequenceLayout: Sendable {
  /// The sequences of training.
  var shape: SequenceShape { get }
  /// What rows are sums of, in the sequence in which `SequenceRows` number them.
  var tables: [EmbeddingTable] { get }
  /// The most summands that a row has.
  var partsPerRow: Int { get }
  /// How many rows are the same in every sequence, each with a number (`SequenceRows.fixed`): their projections in the
  /// first block are computed once. Row i of these is written by `writeFixed`.
  var fixedRows: Int { get }

  /// Every parameter of the tables, in the sequence of the model's parameters.
  var parameters: [Parameter] { get }

  /// Lays out a training sequence.
  /// - Parameter first: where its rows begin; there are as many as `shape` says.
  func write(_ batch: AnyOrderBatch, sequence: Int, into rows: SequenceRows, at first: Int)

  /// What the rows that predict a text are to say, where there are any.
  func writeTextTargets(_ condition: Condition, into targets: UnsafeMutableBufferPointer<Int32>)

  func writeFixed(_ number: Int, into rows: SequenceRows, at row: Int)

  /// How many rows enter the context when so many tokens have been placed since the last step.
  func contextRows(_ state: SequenceState, placed: Int) -> Int

  /// Lays these rows out.
  /// - Parameter placed: in the sequence in which they were placed.
  func writeContext(
    _ state: SequenceState, placed: [PlacedToken], into rows: SequenceRows, at first: Int)

  /// Lays out the row that asks for the code at a location.
  /// - Parameter state: after what was placed.
  func writeQuery(_ state: SequenceState, location: Int, into rows: SequenceRows, at row: Int)
}

/// What all training sequences of a model have in common.
public struct SequenceShape: Sendable, Equatable {
  /// Rows of a sequence, T. A decoding cache needs no more either.
  public let length: Int
  /// The rows at which codes are predicted: the i-th of them predicts the code at the i-th location of the order.
  public let predictions: CausalAttention.Queries
  /// So many rows, from the first one on, predict the tokens of a text, the i-th row its i-th token.
  public let textPredictions: Int
  /// N: as many predictions.
  public var locations: Int { predictions.count(of: length) }
  /// The rows that anything is predicted at, and perhaps one between.
  public var outputs: CausalAttention.Queries { textPredictions > 0 ? .all : predictions }

  public init(length: Int, predictions: CausalAttention.Queries, textPredictions: Int = 0) {
    self.length = length
    self.predictions = predictions
    self.textPredictions = textPredictions
  }
}

extension SequenceLayout {
  public func writeTextTargets(_ condition: Condition, into targets: UnsafeMutableBufferPointer<Int32>) {}
}

/// A code at a location.
public struct PlacedToken: Sendable, Equatable {
  public let location: Int
  public let code: Int

  public init(location: Int, code: Int) {
    self.location = location
    self.code = code
  }
}

/// Where the decoding of a sequence stands, as far as its next rows depend on it.
public struct SequenceState: Sendable, Equatable {
  public let condition: Condition
  /// Whether the condition is in the context.
  public var isStarted = false
  /// The location whose query was kept in the context and whose code is still to be placed.
  public var committed: Int?
  /// The token placed last.
  public var last: PlacedToken?

  public init(_ condition: Condition) { self.condition = condition }

  /// The state behind a step that fed what had been placed.
  func fed(_ placed: [PlacedToken]) -> SequenceState {
    var state = self
    state.isStarted = true
    if let token = placed.last { (state.last, state.committed) = (token, nil) }
    return state
  }
}
