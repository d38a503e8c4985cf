import Kernels
import Layers

/// One row that a decoding step feeds to the model.
public enum DecodingRow: Sendable, Equatable {
  /// The class token; the first row of every sequence.
  case label(Int)
  /// The content token of a code at a location.
  case content(code: Int, location: Int)
  /// The position token of a location.
  case position(Int)
}

/// Cached decoding of several sequences (paper §4.5, "Parallel Querying"; pipeline/method/orders.md §3).
///
/// A step feeds every chosen sequence some causal rows, which enter the cache, and then any number of independent
/// queries: position tokens that each see the cache and themselves, but not each other. Afterwards the caller reads
/// confidences or logits at the queries and may `commit` one query's keys and values, so that the next step finds
/// exactly the context that training showed.
///
/// A sequence's results do not depend on which others are decoded beside it, nor on the number of threads. A session
/// computes with the parameters that the model had when it was made.
public final class DecodingSession {
  public let model: AnyOrderTransformer
  public let sequences: Int
  public let precision: Precision
  private let engine: any DecodingEngine

  /// - Parameters:
  ///   - sequences: how many sequences the cache holds, each up to 2N rows.
  ///   - precision: one of `Precision.available`.
  public init(model: AnyOrderTransformer, sequences: Int, precision: Precision = .float32) {
    self.model = model
    self.sequences = sequences
    self.precision = precision
    engine =
      switch precision {
      case .float32: TypedSession<Float>(model: model, sequences: sequences)
      case .bfloat16: TypedSession<BFloat16>(model: model, sequences: sequences)
      }
  }

  /// Bytes that a session takes for each of its sequences: keys and values of the cache, and what a step that asks
  /// all locations projects, so that one of them can be committed.
  public static func bytesPerSequence(_ configuration: AnyOrderConfiguration, precision: Precision) -> Int {
    switch precision {
    case .float32: TypedSession<Float>.bytesPerSequence(configuration)
    case .bfloat16: TypedSession<BFloat16>.bytesPerSequence(configuration)
    }
  }

  /// Rows in the cache of a sequence.
  public func length(of sequence: Int) -> Int { engine.length(of: sequence) }

  /// Forgets everything, for the next images.
  public func reset() {
    for sequence in 0..<sequences { engine.setLength(0, of: sequence) }
  }

  /// Forgets the rows of a sequence from `length` on.
  public func truncate(_ sequence: Int, to length: Int) {
    precondition(length <= engine.length(of: sequence), "cannot lengthen a cache")
    engine.setLength(length, of: sequence)
  }

  /// Feeds one step.
  ///
  /// - Parameters:
  ///   - selection: the sequences that take part.
  ///   - causal: (selection, rows) rows that see the cache and the rows before them, and stay in the cache.
  ///   - queries: (selection, queries) locations asked independently of each other.
  public func advance(_ selection: Range<Int>, causal: [[DecodingRow]], queries: [[Int]]) {
    precondition(causal.count == selection.count && queries.count == selection.count)
    engine.advance(selection, causal: causal, queries: queries)
  }

  /// log max_v p(v) at every query of the last step, (selection, queries): the score of equation (1).
  public func logConfidences() -> [[Float]] { engine.logConfidences() }

  /// Logits at rows of the last step. A row is an offset among the sequence's causal rows and then its queries;
  /// causal rows can be read only when nothing was asked.
  ///
  /// Writes the first `rows.count` rows of `result` (…, V), which is replaced when it is too small.
  public func logits(_ rows: [(sequence: Int, offset: Int)], into result: inout Tensor) {
    engine.logits(rows, into: &result)
  }

  /// The same into a new tensor of at least `rows.count` rows.
  public func logits(_ rows: [(sequence: Int, offset: Int)]) -> Tensor {
    var result = Tensor(0)
    engine.logits(rows, into: &result)
    return result
  }

  /// Number of causal rows of the last step: the offset of its first query.
  public var causalRows: Int { engine.causalRows }

  /// Keeps a query of the last step: its keys and values, computed with just the cache and itself in view, become
  /// the sequence's next cached row. The other queries leave no trace.
  public func commit(_ sequence: Int, query: Int) { engine.commit(sequence, query: query) }
}

/// A session in some precision.
protocol DecodingEngine: AnyObject {
  var causalRows: Int { get }
  func length(of sequence: Int) -> Int
  func setLength(_ length: Int, of sequence: Int)
  func advance(_ selection: Range<Int>, causal: [[DecodingRow]], queries: [[Int]])
  func logConfidences() -> [[Float]]
  func logits(_ rows: [(sequence: Int, offset: Int)], into result: inout Tensor)
  func commit(_ sequence: Int, query: Int)
}
