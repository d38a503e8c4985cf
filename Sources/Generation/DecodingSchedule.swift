import Foundation

/// How many tokens each parallel decoding step places (pipeline/method/generation.md §5).
public enum DecodingSchedule {
  /// The share of tokens that are placed when a share p of the steps is done.
  public enum Shape: String, Codable, Sendable, CaseIterable {
    /// 1 − cos(π/2 · p), RandAR's: few at first, many at last.
    case cosine
    /// p.
    case linear
    /// 1 − arccos(p) / (π/2), Halton-MaskGIT's: nearly linear, most of all in the last steps.
    case arccos

    func share(_ p: Double) -> Double {
      switch self {
      case .cosine: 1 - cos(Double.pi / 2 * p)
      case .linear: p
      case .arccos: 1 - acos(min(p, 1)) / (Double.pi / 2)
      }
    }
  }

  /// Tokens per step for `locations` tokens in `steps` steps; one token a step when `steps` is 0.
  ///
  /// Step 0 places one token; step k brings the total to ⌊share((k+1)/S) · N + 1⌋, at least one more and at most N. The
  /// sum is always N.
  /// - Parameter placed: tokens that are there already, as in editing. The schedule then goes on where it
  ///   would be:
  ///   the first step brings the total to the schedule's next one, and the sum is N less these.
  public static func tokensPerStep(
    locations: Int, steps: Int, placed: Int = 0, shape: Shape = .cosine
  ) -> [Int] {
    var counts: [Int] = []
    var done = placed
    for total in totals(locations: locations, steps: steps, shape) where total > done {
      counts.append(total - done)
      done = total
    }
    return counts
  }

  /// Tokens placed after each step of a whole image.
  private static func totals(locations: Int, steps: Int, _ shape: Shape) -> [Int] {
    let steps = steps == 0 ? locations : min(steps, locations)
    var totals = [1]
    for step in 1..<max(steps, 1) where totals[totals.count - 1] < locations {
      let progress = shape.share(Double(step + 1) / Double(steps))
      let target = min(Int((progress * Double(locations) + 1).rounded(.down)), locations)
      totals.append(max(target, totals[totals.count - 1] + 1))
    }
    if totals[totals.count - 1] < locations { totals.append(locations) }
    return totals
  }
}
