/// The arithmetic that cannot be avoided, counted as two operations a multiply-add (spec/class-conditional §4.7).
///
/// Counted are the products with weights and of attention, each row attending to what it must see. Norms,
/// activations, softmax, padding and anything computed again are not: a rate in these units over the speed of plain
/// matrix products is the share of the machine that does useful work.
extension AnyOrderConfiguration {
  /// Operations of one row's way through all blocks with `context` rows to attend to, itself included.
  public func rowOperations(context: Double) -> Double {
    let (width, hidden) = (Double(width), Double(hidden))
    let weights = 4 * width * width + 3 * width * hidden
    return Double(layers) * (2 * weights + 4 * width * context)
  }

  /// Operations of one row's logits.
  public var headOperations: Double { 2 * Double(width) * Double(codes) }

  /// Operations of one image's share of a training step: forward once, backward twice as much.
  public var trainingOperations: Double {
    let rows = Double(sequenceLength)
    return 3 * (rows * rowOperations(context: (rows + 1) / 2) + Double(locations) * headOperations)
  }

  /// Operations of generating one image in a given order with a cache: one content and one query a location.
  public var orderedOperations: Double {
    (0..<locations).reduce(0) { total, step in
      let cached = Double(2 * step + 1)
      return total + rowOperations(context: cached) + rowOperations(context: cached + 1) + headOperations
    }
  }

  /// Operations of choosing every location greedily with a cache, for extraction and generation alike: at step i
  /// one content row and N − i queries, that is N(N + 3)/2 rows in all.
  public var greedyOperations: Double { greedyOperations(steps: 0..<locations) }

  /// The same for some of the steps.
  public func greedyOperations(steps: Range<Int>) -> Double {
    steps.reduce(0) { total, step in
      let (cached, queries) = (Double(2 * step + 1), Double(locations - step))
      return total + rowOperations(context: cached)
        + queries * (rowOperations(context: cached + 1) + headOperations)
    }
  }

  /// Rows that greedy choice with a cache feeds to the model for one image.
  public var greedyRows: Int { locations * (locations + 3) / 2 }

  /// Operations of greedy choice without a cache, when every step's known rows are computed once for all free
  /// locations, or once for each of them.
  public func uncachedGreedyOperations(onePassEach: Bool) -> Double {
    (0..<locations).reduce(0) { total, step in
      let (known, queries) = (Double(2 * step + 1), Double(locations - step))
      let knownRows = known * rowOperations(context: (known + 1) / 2)
      let asking = queries * (rowOperations(context: known + 1) + headOperations)
      return total + (onePassEach ? queries : 1) * knownRows + asking
    }
  }

  /// Operations of raster generation without a cache: every step computes all known rows anew.
  public var uncachedOrderedOperations: Double {
    (0..<locations).reduce(0) { total, step in
      let rows = Double(2 * step + 2)
      return total + rows * rowOperations(context: (rows + 1) / 2) + headOperations
    }
  }
}
