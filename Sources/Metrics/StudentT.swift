import Foundation

/// Student's t distribution, for intervals around means of a few values (several sampling seeds, jackknife
/// blocks).
public enum StudentT {
  /// The value that a t variable with `degrees` degrees of freedom exceeds with probability 1 − `level`, on
  /// both sides together: 12.706 for one degree and level 0.95.
  public static func critical(level: Double, degrees: Int) -> Double {
    precondition(degrees > 0 && level > 0 && level < 1)
    var (low, high) = (0.0, 1.0)
    while inside(high, degrees) < level { high *= 2 }
    for _ in 0..<60 {
      let middle = (low + high) / 2
      if inside(middle, degrees) < level { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }

  /// The probability of a t variable at least as far from 0 as `t`, on both sides together.
  public static func pValue(t: Double, degrees: Int) -> Double {
    precondition(degrees > 0 && !t.isNaN)
    return max(1 - inside(abs(t), degrees), 0)
  }

  /// The probability of −t…t: with t = √ν·tan θ the density becomes a multiple of cos^(ν−1) θ, which
  /// Simpson's rule integrates from 0 to θ.
  private static func inside(_ t: Double, _ degrees: Int) -> Double {
    let freedom = Double(degrees)
    let angle = atan(t / freedom.squareRoot())
    let steps = 2000
    let step = angle / Double(steps)
    var sum = 0.0
    for index in 0...steps {
      let weight = index == 0 || index == steps ? 1.0 : (index % 2 == 1 ? 4 : 2)
      sum += weight * pow(cos(Double(index) * step), freedom - 1)
    }
    let scale = 2 * exp(lgamma((freedom + 1) / 2) - lgamma(freedom / 2)) / Double.pi.squareRoot()
    return scale * sum * step / 3
  }
}
