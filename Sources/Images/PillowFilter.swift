#if canImport(Glibc)
  import Glibc
#else
  import Foundation
#endif

/// The resampling filters of Pillow's `Image.resize`, which widen when an image shrinks and so avoid
/// aliasing.
public enum PillowFilter: String, Sendable, CaseIterable, Codable {
  case bicubic, bilinear, lanczos, box

  /// Half the filter's width at unit scale.
  var support: Double {
    switch self {
    case .bicubic: 2
    case .bilinear: 1
    case .lanczos: 3
    case .box: 0.5
    }
  }

  /// The filter's value at `x`; bicubic has a = −0.5.
  func callAsFunction(_ x: Double) -> Double {
    switch self {
    case .bicubic:
      let distance = abs(x)
      if distance < 1 { return (1.5 * distance - 2.5) * distance * distance + 1 }
      if distance < 2 { return (((distance - 5) * distance + 8) * distance - 4) * -0.5 }
      return 0
    case .bilinear:
      return max(0, 1 - abs(x))
    case .lanczos:
      return x >= -3 && x < 3 ? Self.sinc(x) * Self.sinc(x / 3) : 0
    case .box:
      return x > -0.5 && x <= 0.5 ? 1 : 0
    }
  }

  private static func sinc(_ x: Double) -> Double {
    x == 0 ? 1 : sin(x * Double.pi) / (x * Double.pi)
  }

  /// What one output position reads: input positions from `start` on, with weights that sum to 1.
  struct Window {
    let start: Int
    let weights: [Double]
  }

  /// The windows of all `output` positions along an axis of `input` positions
  /// (pipeline/method/metrics.md §2).
  func windows(input: Int, output: Int) -> [Window] {
    let scale = Double(input) / Double(output)
    let widening = max(scale, 1)
    let reach = support * widening
    return (0..<output).map { position in
      let centre = (Double(position) + 0.5) * scale
      let start = max(Int(centre - reach + 0.5), 0)
      let end = min(Int(centre + reach + 0.5), input)
      let weights = (start..<end).map { self((Double($0) - centre + 0.5) * (1 / widening)) }
      let total = weights.reduce(0, +)
      return Window(start: start, weights: total == 0 ? weights : weights.map { $0 / total })
    }
  }
}
