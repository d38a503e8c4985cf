/// Where the rows of one decoding step lie.
///
/// Sequences form groups. A group's rows are the causal rows of its sequences, then their queries, so that products
/// can leave out one kind or the other; behind them is room for rows that products add to reach a multiple of
/// `rowMultiple`. What the step gives, `outputs`, are the queries of all sequences side by side, or the causal rows
/// when nothing is asked.
struct StepPlan {
  let causal: Int
  let queries: Int
  let selection: Range<Int>
  let rowMultiple: Int
  /// Sequences of a group: a function of the rows per sequence alone.
  let groupSize: Int
  /// Buffer rows from one group to the next.
  let groupRows: Int
  let groups: Int
  /// Output rows of one sequence.
  var outputs: Int { queries > 0 ? queries : causal }
  var outputRows: Int { selection.count * outputs }

  init(causal: Int, queries: Int, selection: Range<Int>, rowMultiple: Int) {
    self.causal = causal
    self.queries = queries
    self.selection = selection
    self.rowMultiple = rowMultiple
    let each = max(causal + queries, 1)
    var size = 1
    while size < Self.largestGroup && 2 * size * each <= Self.fullGroup { size *= 2 }
    groupSize = size
    groupRows = size * each + rowMultiple - 1
    groups = (selection.count + size - 1) / size
  }

  /// A group has as many sequences, a power of two, as have at most 256 rows together, and at most 8, so that there
  /// is work for several threads when every sequence has few rows.
  private static let fullGroup = 256
  private static let largestGroup = 8

  func sequences(ofGroup group: Int) -> Range<Int> {
    let first = selection.lowerBound + group * groupSize
    return first..<min(first + groupSize, selection.upperBound)
  }

  /// Rows of a product on `rows` rows.
  @inline(__always)
  func padded(_ rows: Int) -> Int { (rows + rowMultiple - 1) / rowMultiple * rowMultiple }

  /// The buffer row of a sequence's first causal row.
  @inline(__always)
  func causalRow(_ sequence: Int) -> Int {
    let index = sequence - selection.lowerBound
    return index / groupSize * groupRows + index % groupSize * causal
  }

  /// The buffer row of a sequence's first query.
  @inline(__always)
  func queryRow(_ sequence: Int) -> Int {
    let index = sequence - selection.lowerBound
    let group = index / groupSize
    return group * groupRows + sequences(ofGroup: group).count * causal + index % groupSize * queries
  }

  /// Among the outputs, the row of an offset within a sequence: causal rows first, then queries.
  @inline(__always)
  func outputRow(_ sequence: Int, offset: Int) -> Int {
    let output = queries > 0 ? offset - causal : offset
    precondition(output >= 0, "causal rows give nothing when there are queries")
    return (sequence - selection.lowerBound) * outputs + output
  }
}
