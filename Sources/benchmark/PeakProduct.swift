import Kernels

/// The fastest this machine multiplies large matrices with the engine's own libraries and threads.
///
/// Neighbours on the same processor disturb, so bursts of products are measured at the start of a run, after every
/// work and at the end. The peak of the run is its best burst, which makes shares of it small rather than large.
final class PeakProduct {
  private struct Shape {
    let rows, inner, columns: Int
    var operations: Double { 2 * Double(rows) * Double(inner) * Double(columns) }
  }

  /// A large square product, and a tall one with a factor that stays in cache; libraries differ in what they like.
  private static let shapes = [
    Shape(rows: 2048, inner: 2048, columns: 2048), Shape(rows: 8192, inner: 512, columns: 512),
  ]

  private let products: [(precision: Precision, body: [() -> Void])]
  /// GFLOP/s of every burst, by precision.
  private(set) var bursts: [Precision: [Double]] = [:]

  init(_ precisions: [Precision]) {
    products = precisions.map { precision in
      (precision, Self.shapes.map { Self.product($0, precision) })
    }
  }

  /// The best burst, in GFLOP/s.
  func best(_ precision: Precision) -> Double { bursts[precision]?.max() ?? .nan }

  /// Measures every precision once: the median of five products of each shape, the better shape counts.
  func burst() {
    for (precision, bodies) in products {
      let rates = zip(Self.shapes, bodies).map { shape, body in
        body()
        let times = (0..<5).map { _ in Stopwatch.seconds(body) }
        return shape.operations / Samples.median(times) / 1e9
      }
      bursts[precision, default: []].append(rates.max() ?? .nan)
    }
  }

  private static func product(_ shape: Shape, _ precision: Precision) -> () -> Void {
    let a = Tensor(shape.rows, shape.inner)
    let b = Tensor(shape.columns, shape.inner)
    let c = Tensor(shape.rows, shape.columns)
    a.fill(0.5)
    b.fill(0.25)
    return { multiply(a, .asIs, b, .transposed, into: c) }
  }
}
