#if canImport(Glibc)
  import Glibc
#else
  import Foundation
#endif

/// How values map to positions along one side of a chart.
struct Axis {
  /// Linear, or logarithmic to base 10 (values that are not positive have no position).
  enum Scale { case linear, logarithmic }

  struct Tick: Equatable {
    let value: Double
    let label: String
  }

  let scale: Scale
  let low: Double
  let high: Double
  let ticks: [Tick]

  /// An axis that covers the finite values among `values`, widened to round ticks at both ends when
  /// `roundsOut`.
  init(covering values: some Sequence<Double>, scale: Scale, tickCount: Int = 5, roundsOut: Bool) {
    self.scale = scale
    let usable = values.filter { $0.isFinite && (scale == .linear || $0 > 0) }
    let least = usable.min() ?? (scale == .linear ? 0 : 1)
    let most = usable.max() ?? (scale == .linear ? 1 : 10)
    switch scale {
    case .linear:
      (low, high, ticks) = Self.linear(least, most, tickCount, roundsOut)
    case .logarithmic:
      (low, high, ticks) = Self.logarithmic(least, most)
    }
  }

  /// An axis from the least to the largest of the given ticks, which must be two different ones or more.
  init(ticks values: [Double], scale: Scale) {
    let sorted = values.filter { $0.isFinite && (scale == .linear || $0 > 0) }.sorted()
    self.scale = scale
    low = sorted.first ?? 1
    high = sorted.last ?? 10
    ticks = sorted.map { value in
      let isWhole = value == value.rounded() && abs(value) < 1e7
      return Tick(value: value, label: isWhole ? Format.count(Int(value)) : Format.significant(value))
    }
  }

  /// Where a value lies: 0 at the low end, 1 at the high end; nil if it has no position.
  func share(_ value: Double) -> Double? {
    guard value.isFinite else { return nil }
    switch scale {
    case .linear: return (value - low) / (high - low)
    case .logarithmic:
      return value > 0 ? (log10(value) - log10(low)) / (log10(high) - log10(low)) : nil
    }
  }

  private static func linear(
    _ least: Double, _ most: Double, _ tickCount: Int, _ roundsOut: Bool
  ) -> (Double, Double, [Tick]) {
    var (least, most) = (least, most)
    if most - least <= abs(most) * 1e-12 {
      let margin = most == 0 ? 1 : abs(most) * 0.1
      (least, most) = (least - margin, most + margin)
    }
    // The step is 1, 2 or 5 times a power of ten, the smallest that needs no more than the wanted number of
    // ticks.
    let rough = (most - least) / Double(max(tickCount, 1))
    let power = pow(10, floor(log10(rough)))
    let step = [1, 2, 5, 10].map { $0 * power }.first { $0 >= rough * 0.999_999 } ?? 10 * power
    let first = floor(least / step + 1e-9) * step
    let last = ceil(most / step - 1e-9) * step
    let (low, high) = roundsOut ? (first, last) : (least, most)
    let decimals = max(0, -Int(floor(log10(step) + 1e-9)))
    let count = Int(((last - first) / step).rounded())
    let ticks = (0...max(count, 0)).map { first + Double($0) * step }
      .filter { $0 >= low - step * 1e-6 && $0 <= high + step * 1e-6 }
      .map { Tick(value: $0, label: label($0, decimals: decimals)) }
    return (low, high, ticks)
  }

  private static func logarithmic(_ least: Double, _ most: Double) -> (Double, Double, [Tick]) {
    let first = Int(floor(log10(least) + 1e-9))
    let last = max(Int(ceil(log10(most) - 1e-9)), first + 1)
    // One decade also shows 2 and 5; more than six decades skip some.
    let skip = max(1, (last - first + 5) / 6)
    let inner: [Double] = last - first <= 2 ? [1, 2, 5] : [1]
    var ticks = [Tick]()
    for exponent in first...last where (exponent - first) % skip == 0 {
      for factor in inner where exponent < last || factor == 1 {
        let value = factor * pow(10, Double(exponent))
        ticks.append(Tick(value: value, label: label(value, decimals: max(0, -exponent))))
      }
    }
    return (pow(10, Double(first)), pow(10, Double(last)), ticks)
  }

  private static func label(_ value: Double, decimals: Int) -> String {
    if abs(value) >= 1e7 || (decimals > 3 && value != 0) { return Format.power(value) }
    return decimals == 0 ? Format.count(Int(value.rounded())) : Format.fixed(value, decimals)
  }
}
