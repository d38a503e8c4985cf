import Foundation

/// How many tokens each parallel decoding step places (RandAR's cosine schedule;
/// pipeline/method/generation.md §5).
public enum DecodingSchedule {
  /// Tokens per step for `locations` tokens in `steps` steps; one token a step when `steps` is 0.
  ///
  /// Step 0 places one token; step k brings the total to ⌊(1 − cos(π/2 · (k+1)/S)) · N + 1⌋, at least one more and
  /// at most N. The sum is always N.
  /// - Parameter placed: tokens that are there already, as in editing. The schedule then goes on where it
  ///   would be:
  ///   the first step brings the total to the schedule's next one, and the sum is N less these.
  public static func tokensPerStep(locations: Int, steps: Int, placed: Int = 0) -> [Int] {
    var counts: [Int] = []
    var done = placed
    for total in totals(locations: locations, steps: steps) where total > done {
      counts.append(total - done)
      done = total
    }
    return counts
  }

  /// Tokens placed after each step of a whole image.
  private static func totals(locations: Int, steps: Int) -> [Int] {
    let steps = steps == 0 ? locations : min(steps, locations)
    var totals = [1]
    for step in 1..<max(steps, 1) where totals[totals.count - 1] < locations {
      let progress = 1 - cos(Double.pi / 2 * Double(step + 1) / Double(steps))
      let target = min(Int((progress * Double(locations) + 1).rounded(.down)), locations)
      totals.append(max(target, totals[totals.count - 1] + 1))
    }
    if totals[totals.count - 1] < locations { totals.append(locations) }
    return totals
  }
}
