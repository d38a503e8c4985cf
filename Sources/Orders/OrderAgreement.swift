/// How far two orders of the same image agree.
public enum OrderAgreement {
  /// Kendall's τ of two permutations of 0..<N: the share of pairs of locations that both orders put in the same
  /// sequence, less the share of those that they put in opposite ones. 1 for equal orders, −1 for reversed ones, 0 on
  /// average for unrelated ones. O(N log N).
  public static func kendallTau(_ first: [Int], _ second: [Int]) -> Double {
    precondition(first.count == second.count, "orders of one grid")
    guard first.count > 1 else { return 1 }
    var step = [Int](repeating: 0, count: second.count)
    for (index, location) in second.enumerated() { step[location] = index }
    let pairs = first.count * (first.count - 1) / 2
    return 1 - 2 * Double(inversions(first.map { step[$0] })) / Double(pairs)
  }

  /// The share of steps at which both orders have the same location.
  public static func equalSteps(_ first: [Int], _ second: [Int]) -> Double {
    precondition(first.count == second.count, "orders of one grid")
    guard !first.isEmpty else { return 1 }
    return Double(zip(first, second).count { $0 == $1 }) / Double(first.count)
  }

  /// Pairs that stand in descending sequence, counted by a merge sort.
  private static func inversions(_ values: [Int]) -> Int {
    var (sorted, count) = (values, 0)
    var width = 1
    while width < sorted.count {
      var merged: [Int] = []
      merged.reserveCapacity(sorted.count)
      for start in stride(from: 0, to: sorted.count, by: 2 * width) {
        let (middle, end) = (min(start + width, sorted.count), min(start + 2 * width, sorted.count))
        var (left, right) = (start, middle)
        while left < middle || right < end {
          if right == end || (left < middle && sorted[left] < sorted[right]) {
            merged.append(sorted[left])
            left += 1
          } else {
            merged.append(sorted[right])
            count += middle - left
            right += 1
          }
        }
      }
      sorted = merged
      width *= 2
    }
    return count
  }
}
