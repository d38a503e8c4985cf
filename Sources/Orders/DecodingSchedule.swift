import Foundation

/// How many tokens each parallel decoding step places (RandAR's cosine schedule; spec/class-conditional §2.3).
public enum DecodingSchedule {
  /// Tokens per step for `locations` tokens in `steps` steps; one token a step when `steps` is 0.
  ///
  /// Step 0 places one token; step k brings the total to ⌊(1 − cos(π/2 · (k+1)/S)) · N + 1⌋, at least one more and
  /// at most N. The sum is always N.
  public static func tokensPerStep(locations: Int, steps: Int) -> [Int] {
    let steps = steps == 0 ? locations : min(steps, locations)
    var counts = [1]
    var done = 1
    for step in 1..<max(steps, 1) where done < locations {
      let progress = 1 - cos(Double.pi / 2 * Double(step + 1) / Double(steps))
      let target = min(Int((progress * Double(locations) + 1).rounded(.down)), locations)
      let count = min(max(target - done, 1), locations - done)
      counts.append(count)
      done += count
    }
    if done < locations { counts.append(locations - done) }
    return counts
  }
}
