import Kernels
import Layers

/// Cached decoding of several sequences (paper §4.5, "Parallel Querying"; pipeline/method/orders.md §3).
///
/// A step feeds every chosen sequence what was placed since the last one, which enters the cache, and then any number
/// of independent queries, which each see the cache and themselves, but not each other. Afterwards the caller reads
/// confidences or logits at the queries and may `commit` one query's keys and values, so that the next step finds
/// exactly the context that training showed. Which rows that takes is known to the model's `SequenceLayout`.
///
/// A sequence's results do not depend on which others are decoded beside it, nor on the number of threads. A session
/// computes with the parameters that the model had when it was made.
public final class DecodingSession {
  public let model: AnyOrderTransformer
  public let sequences: Int
  public let precision: Precision
  private let engine: any DecodingEngine
  private var states: [SequenceState?]
  private var rows: SequenceRows
  /// The last step, and the locations that it asked for, (selection, queries).
  private var plan = StepPlan(causal: 0, queries: 0, selection: 0..<0, threads: 1)
  private var asked: [[Int]] = []
  private var askedInTurn = false

  /// - Parameters:
  ///   - sequences: how many sequences the cache holds, each as long as in training.
  ///   - precision: one of `Precision.available`.
  public init(model: AnyOrderTransformer, sequences: Int, precision: Precision = .float32) {
    self.model = model
    self.sequences = sequences
    self.precision = precision
    states = Array(repeating: nil, count: sequences)
    rows = SequenceRows(0, layout: model.layout)
    engine =
      switch precision {
      case .float32: CPUSession<Float>(model: model, sequences: sequences)
      case .bfloat16: CPUSession<BFloat16>(model: model, sequences: sequences)
      }
  }

  /// Bytes that a session takes for each of its sequences: keys and values of the cache, and what a step that asks
  /// all locations projects, so that one of them can be committed.
  public static func bytesPerSequence(_ configuration: AnyOrderConfiguration, precision: Precision) -> Int {
    switch precision {
    case .float32: CPUSession<Float>.bytesPerSequence(configuration)
    case .bfloat16: CPUSession<BFloat16>.bytesPerSequence(configuration)
    }
  }

  /// Rows in the context of a sequence.
  public func length(of sequence: Int) -> Int { engine.length(of: sequence) }

  /// Begins a sequence anew.
  public func start(_ sequence: Int, _ condition: Condition) {
    engine.setLength(0, of: sequence)
    states[sequence] = SequenceState(condition)
  }

  /// Takes one step. All sequences of a step have placed and ask equally much.
  ///
  /// - Parameters:
  ///   - selection: the sequences that take part.
  ///   - placed: what was placed since the sequence's last step, (selection, tokens); first of all the code at the
  ///     location that was committed, if one was. Known tokens may all be placed before the first step.
  ///   - asking: locations to ask for, (selection, queries).
  ///   - inTurn: lets each query see those before it, as RandAR does in parallel decoding, not only the cache.
  public func advance(
    _ selection: Range<Int>, placed: [[PlacedToken]], asking: [[Int]], inTurn: Bool = false
  ) {
    precondition(placed.count == selection.count && asking.count == selection.count)
    guard let first = selection.first else { return }
    let context = contextRows(first, placed[0])
    let (tokens, queries) = (placed[0].count, asking[0].count)
    plan = StepPlan(
      causal: context + (inTurn ? queries : 0), queries: inTurn ? 0 : queries, selection: selection,
      threads: Parallel.threads)
    if rows.count < plan.groups * plan.groupRows {
      rows = SequenceRows(plan.groups * plan.groupRows, layout: model.layout)
    }
    for (index, sequence) in selection.enumerated() {
      precondition(placed[index].count == tokens && asking[index].count == queries, "sequences go together")
      precondition(contextRows(sequence, placed[index]) == context, "sequences go together")
      let before = state(of: sequence)
      let state = before.fed(placed[index])
      model.layout.writeContext(before, placed: placed[index], into: rows, at: plan.causalRow(sequence))
      var row = inTurn ? plan.causalRow(sequence) + context : plan.queryRow(sequence)
      for location in asking[index] {
        model.layout.writeQuery(state, location: location, into: rows, at: row)
        row += 1
      }
      states[sequence] = state
    }
    (asked, askedInTurn) = (asking, inTurn)
    engine.advance(plan, rows)
    guard inTurn else { return }
    for sequence in selection { engine.setLength(engine.length(of: sequence) - queries, of: sequence) }
  }

  /// log max_v p(v) at every query of the last step, (selection, queries): the score of equation (1).
  public func logConfidences() -> [[Float]] { scores(.confidence) }

  /// How certain of its code every query of the last step is, (selection, queries).
  public func scores(_ certainty: Certainty) -> [[Float]] { engine.scores(certainty) }

  /// Logits at queries of the last step, each an index among the locations that its sequence asked for.
  ///
  /// Writes the first `queries.count` rows of `result` (…, V), which is replaced when it is too small.
  public func logits(_ queries: [(sequence: Int, query: Int)], into result: inout Tensor) {
    let context = plan.causal - (askedInTurn ? asked.first?.count ?? 0 : 0)
    engine.logits(queries.map { ($0.sequence, context + $0.query) }, into: &result)
  }

  /// The same into a new tensor of at least `queries.count` rows.
  public func logits(_ queries: [(sequence: Int, query: Int)]) -> Tensor {
    var result = Tensor(0)
    logits(queries, into: &result)
    return result
  }

  /// Logits behind what every sequence of the last step was fed last, where nothing was asked: where a policy would go on,
  /// (selection, N). Those of locations that are no longer free are among them.
  public func logitsOfContext() -> Tensor {
    precondition(asked.allSatisfy(\.isEmpty) && plan.causal > 0, "a step that asked, or fed nothing")
    var result = Tensor(0)
    engine.logits(plan.selection.map { ($0, plan.causal - 1) }, into: &result)
    return result
  }

  /// Keeps the query for a location of the last step: its keys and values, computed with just the context and itself in
  /// view, stay for the next step, which has to place a code there. The other queries leave no trace.
  ///
  /// Of queries in turn only the first had just the context in view, and only it can be kept.
  public func commit(_ sequence: Int, _ location: Int) {
    guard let query = asked[sequence - plan.selection.lowerBound].firstIndex(of: location) else {
      preconditionFailure("location \(location) was not asked for")
    }
    if askedInTurn {
      precondition(query == 0, "a query that saw another cannot stay")
      engine.setLength(engine.length(of: sequence) + 1, of: sequence)
    } else {
      engine.commit(sequence, query: query)
    }
    states[sequence]?.committed = location
  }

  private func state(of sequence: Int) -> SequenceState {
    guard let state = states[sequence] else { preconditionFailure("sequence \(sequence) was not started") }
    return state
  }

  private func contextRows(_ sequence: Int, _ placed: [PlacedToken]) -> Int {
    let state = state(of: sequence)
    precondition(
      state.committed == nil || placed.first?.location == state.committed,
      "the code at the committed location is placed first")
    return model.layout.contextRows(state, placed: placed.count)
  }
}

/// A session in some precision, which knows rows only.
protocol DecodingEngine: AnyObject {
  func length(of sequence: Int) -> Int
  func setLength(_ length: Int, of sequence: Int)
  func advance(_ plan: StepPlan, _ rows: SequenceRows)
  func scores(_ certainty: Certainty) -> [[Float]]
  /// Logits at rows of the last step: an offset among the sequence's causal rows and then its queries. Causal rows can
  /// be read only where there were no queries.
  func logits(_ rows: [(sequence: Int, offset: Int)], into result: inout Tensor)
  func commit(_ sequence: Int, query: Int)
}
