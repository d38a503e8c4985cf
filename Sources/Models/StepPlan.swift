/// Where the rows of one decoding step lie: sequences in groups, groups padded to a multiple of 24 rows.
struct StepPlan {
  let causal: Int
  let queries: Int
  let selection: Range<Int>
  /// Sequences of a group: about 256 rows, at most 16 sequences; a function of the rows per sequence alone.
  let groupSize: Int
  let groupRows: Int
  let groups: Int

  init(causal: Int, queries: Int, selection: Range<Int>) {
    self.causal = causal
    self.queries = queries
    self.selection = selection
    let each = max(causal + queries, 1)
    groupSize = min(max(256 / each, 1), 16)
    groupRows = (groupSize * each + 23) / 24 * 24
    groups = (selection.count + groupSize - 1) / groupSize
  }

  /// The buffer row of an offset within a sequence: causal rows first, then queries.
  @inline(__always)
  func row(_ sequence: Int, _ offset: Int) -> Int {
    let index = sequence - selection.lowerBound
    return index / groupSize * groupRows + index % groupSize * (causal + queries) + offset
  }

  func sequences(ofGroup group: Int) -> Range<Int> {
    let first = selection.lowerBound + group * groupSize
    return first..<min(first + groupSize, selection.upperBound)
  }
}
