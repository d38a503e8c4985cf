/// The arithmetic of the method, counted as two operations a multiply-add (pipeline/method/orders.md §8).
///
/// Counted are the products with weights and of attention, each row attending to what it must see, less what
/// nothing reads: rows that predict nothing end with their keys and values in the last block. Norms, activations,
/// softmax, padding and anything computed again are not counted: a rate in these units over the speed of plain
/// matrix products is the share of the machine that does useful work.
extension AnyOrderConfiguration {
  /// Operations of a row that predicts with `context` rows to attend to, itself included, without its logits.
  public func queryOperations(context: Double) -> Double {
    Double(layers) * blockOperations(context: context)
  }

  /// Operations of a row that stays in the context and is not asked anything.
  public func contentOperations(context: Double) -> Double {
    Double(layers - 1) * blockOperations(context: context) + 4 * Double(width) * Double(inner)
  }

  /// Operations of one row's logits.
  public var headOperations: Double { 2 * Double(width) * Double(outputs) }

  private func blockOperations(context: Double) -> Double {
    let (width, inner, hidden) = (Double(width), Double(inner), Double(hidden))
    return 2 * (4 * width * inner + 3 * width * hidden) + 4 * inner * context
  }

  /// Rows of the condition that predict no location, which are known before any location is; the last one of a policy's
  /// does predict.
  private var prefix: Int { (text.map { $0.length + 1 } ?? 1) - (predicts == .locations ? 1 : 0) }

  /// Rows that stay in the context before step i: the condition's, and of every location placed both tokens, or the one
  /// row that led there.
  private func known(before step: Int) -> Double {
    Double(prefix + (positions == .tokens ? 2 : 1) * step)
  }

  /// Operations of the rows that enter the context at a step, before it is asked anything: the condition first, then with
  /// position tokens the content placed last.
  private func entering(_ step: Int) -> Double {
    if step == 0 { return knownOperations(rows: Double(prefix)) }
    return positions == .tokens ? contentOperations(context: known(before: step)) : 0
  }

  /// Operations of one image's share of a training step: forward once, backward twice as much.
  public var trainingOperations: Double {
    guard let text else { return 3 * orderedOperations }
    // Rows of texts predict as well, and so go through the last block.
    let predicting = (1...text.length).reduce(0.0) { $0 + queryOperations(context: Double($1)) }
    let silent = (1...text.length).reduce(0.0) { $0 + contentOperations(context: Double($1)) }
    let logits = 2 * Double(width) * Double(text.tokens) * Double(text.length)
    return 3 * (orderedOperations + predicting - silent + logits)
  }

  /// Operations of one image in a given order with nothing computed twice.
  public var orderedOperations: Double {
    (0..<locations).reduce(0) { total, step in
      total + entering(step) + queryOperations(context: known(before: step) + 1) + headOperations
    }
  }

  /// Operations of choosing every location greedily with a cache, for extraction and generation alike.
  public var greedyOperations: Double { greedyOperations(steps: 0..<locations) }

  /// The same for some of the steps: step i has N − i queries.
  public func greedyOperations(steps: Range<Int>) -> Double {
    steps.reduce(0) { total, step in
      let queries = Double(locations - step)
      return total + entering(step)
        + queries * (queryOperations(context: known(before: step) + 1) + headOperations)
    }
  }

  /// Rows that greedy choice with a cache feeds to the model for one image: N(N + 3)/2 with position tokens,
  /// N(N + 1)/2 and the condition's with double positions.
  public var greedyRows: Int {
    positions == .tokens ? locations * (locations + 3) / 2 : locations * (locations + 1) / 2 + prefix
  }

  /// Operations of greedy choice without a cache, when every step's known rows are computed once for all free
  /// locations, or once for each of them.
  public func uncachedGreedyOperations(onePassEach: Bool) -> Double {
    (0..<locations).reduce(0) { total, step in
      let (known, queries) = (known(before: step), Double(locations - step))
      return total + (onePassEach ? queries : 1) * knownOperations(rows: known)
        + queries * (queryOperations(context: known + 1) + headOperations)
    }
  }

  /// Operations of generation in a given order without a cache: every step computes all known rows anew.
  public var uncachedOrderedOperations: Double {
    (0..<locations).reduce(0) { total, step in
      let known = known(before: step)
      return total + knownOperations(rows: known) + queryOperations(context: known + 1) + headOperations
    }
  }

  /// Operations of rows whose only use is to be seen, one after the other.
  private func knownOperations(rows: Double) -> Double { rows * contentOperations(context: (rows + 1) / 2) }
}
