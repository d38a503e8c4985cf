/// Where the rows of one decoding step lie.
///
/// Sequences form groups, one thread's work each. A group's rows are the causal rows of its sequences, then their
/// queries, so that products can leave out one kind or the other. What the step gives, `outputs`, are the queries of
/// all sequences side by side, or the causal rows when nothing is asked.
struct StepPlan {
  let causal: Int
  let queries: Int
  let selection: Range<Int>
  /// Sequences of a group, the last one's excepted.
  let groupSize: Int
  /// Buffer rows from one group to the next.
  let groupRows: Int
  let groups: Int
  /// Output rows of one sequence.
  var outputs: Int { queries > 0 ? queries : causal }
  var outputRows: Int { selection.count * outputs }

  /// Every group reads all weights, so there are as few as have at most `fullGroup` rows each and keep `threads`
  /// threads evenly busy.
  init(causal: Int, queries: Int, selection: Range<Int>, threads: Int) {
    self.causal = causal
    self.queries = queries
    self.selection = selection
    let each = max(causal + queries, 1)
    let most = max(Self.fullGroup / each, 1)
    let least = (selection.count + most - 1) / most
    let wanted = min((least + threads - 1) / threads * threads, selection.count)
    groupSize = wanted > 0 ? (selection.count + wanted - 1) / wanted : 1
    groupRows = groupSize * each
    groups = (selection.count + groupSize - 1) / groupSize
  }

  private static let fullGroup = 288

  func sequences(ofGroup group: Int) -> Range<Int> {
    let first = selection.lowerBound + group * groupSize
    return first..<min(first + groupSize, selection.upperBound)
  }

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
