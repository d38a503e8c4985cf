import Kernels

/// The fastest this machine multiplies large matrices with the engine's own libraries and threads.
///
/// Neighbours on the same processor disturb, so bursts of products are measured at the start of a run, after every
/// work and at the end. The peak of the run is its best burst, which makes shares of it small rather than large.
final class PeakProduct {
  /// y (rows, outputs) = x (rows, inputs) · Wᵀ.
  private struct Shape {
    let rows, inputs, outputs: Int
    var operations: Double { 2 * Double(rows) * Double(inputs) * Double(outputs) }
  }

  /// Libraries differ in what they like best: large squares, or factors that stay in cache.
  private static let shapes = [
    Shape(rows: 2048, inputs: 2048, outputs: 2048), Shape(rows: 4096, inputs: 1024, outputs: 1024),
    Shape(rows: 8192, inputs: 512, outputs: 512),
  ]
  /// Rows of one thread's product.
  private static let block = 512

  private let products: [(precision: Precision, bodies: [() -> Void])]
  /// GFLOP/s of every burst, by precision.
  private(set) var bursts: [Precision: [Double]] = [:]

  init(_ precisions: [Precision]) {
    products = precisions.map { precision in
      (
        precision,
        Self.shapes.map {
          switch precision {
          case .float32: Self.product($0, filledWith: Float(0.5))
          case .bfloat16: Self.product($0, filledWith: BFloat16(0.5))
          }
        }
      )
    }
  }

  /// The best burst, in GFLOP/s.
  func best(_ precision: Precision) -> Double { bursts[precision]?.max() ?? .nan }

  /// Measures every precision once: the median of five products of each shape; the best shape counts.
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

  private static func product<Element: Activation>(_ shape: Shape, filledWith value: Element) -> () -> Void {
    let x = TensorOf<Element>([shape.rows, shape.inputs])
    x.fill(value)
    let values = Tensor(shape.outputs, shape.inputs)
    values.fill(0.25)
    let weights = Element.Weights([values], backward: false)
    let y = Tensor(shape.rows, shape.outputs)
    return {
      Parallel.ranges(shape.rows, size: block) { rows in
        weights.forward(
          Rows(x, row: rows.lowerBound), rows: rows.count, adding: false, into: Rows(y, row: rows.lowerBound))
      }
    }
  }
}
