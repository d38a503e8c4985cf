/// Which two neighbouring tokens become which one, and in which sequence.
package struct MergeTable: Sendable {
  private struct Entry {
    let rank: UInt32
    let product: UInt16
  }

  private let entries: [UInt32: Entry]

  /// - Parameter merges: by rank, no pair twice.
  package init(_ merges: [TextTokenizer.Merge]) {
    entries = Dictionary(
      uniqueKeysWithValues: merges.enumerated().map { rank, merge in
        (Self.pair(merge.left, merge.right), Entry(rank: UInt32(rank), product: merge.product))
      })
  }

  static func pair(_ left: UInt16, _ right: UInt16) -> UInt32 { UInt32(left) << 16 | UInt32(right) }

  /// The tokens that a piece of symbols becomes: again and again the pair of the lowest rank is merged, the first one
  /// of equals. The time grows with n log n.
  package func merged(_ symbols: [UInt16]) -> [UInt16] {
    guard symbols.count > 1 else { return symbols }
    var tokens = symbols
    // Neighbours that are left; a token that was merged into the one before it has nowhere as its next.
    let nowhere = -1
    var next = Array(1...symbols.count)
    var previous = Array(-1..<symbols.count - 1)
    // The rank in front of the position.
    var queue = MinimumHeap<UInt64>()
    func entry(at position: Int) -> Entry? {
      let follower = next[position]
      guard follower != nowhere, follower < tokens.count else { return nil }
      return entries[Self.pair(tokens[position], tokens[follower])]
    }
    func offer(_ position: Int) {
      if let entry = entry(at: position) { queue.push(UInt64(entry.rank) << 32 | UInt64(position)) }
    }
    for position in 0..<symbols.count - 1 { offer(position) }
    while let key = queue.pop() {
      let position = Int(key & 0xffff_ffff)
      // What was offered may have changed since.
      guard let entry = entry(at: position), UInt64(entry.rank) == key >> 32 else { continue }
      let removed = next[position]
      tokens[position] = entry.product
      next[position] = next[removed]
      next[removed] = nowhere
      if next[position] < tokens.count { previous[next[position]] = position }
      if previous[position] >= 0 { offer(previous[position]) }
      offer(position)
    }
    var result: [UInt16] = []
    var position = 0
    while position < tokens.count {
      result.append(tokens[position])
      position = next[position]
    }
    return result
  }
}
