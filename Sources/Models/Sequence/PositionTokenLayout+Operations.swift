/// The arithmetic of the method, counted as two operations a multiply-add (pipeline/method/orders.md §8).
///
/// Counted are the products with weights and of attention, each row attending to what it must see, less what
/// nothing reads: class and content rows end with their keys and values in the last block. Norms, activations,
/// softmax, padding and anything computed again are not counted: a rate in these units over the speed of plain
/// matrix products is the share of the machine that does useful work.
extension AnyOrderConfiguration {
  /// Operations of a position token with `context` rows to attend to, itself included, without its logits.
  public func queryOperations(context: Double) -> Double {
    Double(layers) * blockOperations(context: context)
  }

  /// Operations of a class or content row, which stays in the context and is not asked anything.
  public func contentOperations(context: Double) -> Double {
    Double(layers - 1) * blockOperations(context: context) + 4 * Double(width) * Double(width)
  }

  /// Operations of one row's logits.
  public var headOperations: Double { 2 * Double(width) * Double(codes) }

  private func blockOperations(context: Double) -> Double {
    let (width, hidden) = (Double(width), Double(hidden))
    return 2 * (4 * width * width + 3 * width * hidden) + 4 * width * context
  }

  /// Operations of one image's share of a training step: forward once, backward twice as much.
  public var trainingOperations: Double { 3 * orderedOperations }

  /// Operations of one image in a given order with nothing computed twice: one content and one query a location.
  public var orderedOperations: Double {
    (0..<locations).reduce(0) { total, step in
      let known = Double(2 * step + 1)
      return total + contentOperations(context: known) + queryOperations(context: known + 1) + headOperations
    }
  }

  /// Operations of choosing every location greedily with a cache, for extraction and generation alike.
  public var greedyOperations: Double { greedyOperations(steps: 0..<locations) }

  /// The same for some of the steps: step i has one content row and N − i queries.
  public func greedyOperations(steps: Range<Int>) -> Double {
    steps.reduce(0) { total, step in
      let (known, queries) = (Double(2 * step + 1), Double(locations - step))
      return total + contentOperations(context: known)
        + queries * (queryOperations(context: known + 1) + headOperations)
    }
  }

  /// Rows that greedy choice with a cache feeds to the model for one image: N(N + 3)/2.
  public var greedyRows: Int { locations * (locations + 3) / 2 }

  /// Operations of greedy choice without a cache, when every step's known rows are computed once for all free
  /// locations, or once for each of them.
  public func uncachedGreedyOperations(onePassEach: Bool) -> Double {
    (0..<locations).reduce(0) { total, step in
      let (known, queries) = (Double(2 * step + 1), Double(locations - step))
      return total + (onePassEach ? queries : 1) * knownOperations(rows: known)
        + queries * (queryOperations(context: known + 1) + headOperations)
    }
  }

  /// Operations of generation in a given order without a cache: every step computes all known rows anew.
  public var uncachedOrderedOperations: Double {
    (0..<locations).reduce(0) { total, step in
      let known = Double(2 * step + 1)
      return total + knownOperations(rows: known) + queryOperations(context: known + 1) + headOperations
    }
  }

  /// Operations of rows whose only use is to be seen, one after the other.
  private func knownOperations(rows: Double) -> Double { rows * contentOperations(context: (rows + 1) / 2) }
}
