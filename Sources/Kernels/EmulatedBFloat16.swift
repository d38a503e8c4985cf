import Foundation

/// Products in bfloat16 on any CPU: the factors, which are rounded already, are multiplied as floats.
///
/// The numbers are those of bfloat16 instructions up to the sequence of sums, at less than the speed of float32. It
/// shows what a precision does to results where the instructions are missing, and lets its tests run there.
enum EmulatedBFloat16 {
  /// The environment variable that asks for it, with the value 1.
  static let variable = "ORDEREDAR_EMULATE_BFLOAT16"
  static let isOn = ProcessInfo.processInfo.environment[variable] == "1"

  /// C (m, n) ← op(A) (m, k) · op(B) (k, n), plus C when `adding`.
  static func product(
    _ m: Int, _ n: Int, _ k: Int, _ a: Rows<BFloat16>, _ aOrientation: Orientation, _ b: Rows<BFloat16>,
    _ bOrientation: Orientation, adding: Bool, into c: RowView
  ) {
    let left = aOrientation == .asIs ? floats(a, rows: m, columns: k) : floats(a, rows: k, columns: m)
    let right = bOrientation == .asIs ? floats(b, rows: k, columns: n) : floats(b, rows: n, columns: k)
    Kernels.product(
      m, n, k, RowView(left), aOrientation, RowView(right), bOrientation, beta: adding ? 1 : 0, into: c)
  }

  /// A copy as floats.
  static func floats(_ source: Rows<BFloat16>, rows: Int, columns: Int) -> Tensor {
    let copy = Tensor(uninitialized: [max(rows, 1), max(columns, 1)])
    for row in 0..<rows {
      let (from, to) = (source.row(row), copy.pointer + row * columns)
      for column in 0..<columns { to[column] = from[column].float }
    }
    return copy
  }

  /// Rounds rows of floats.
  static func round(_ source: Tensor, rows: Int, columns: Int, into target: Rows<BFloat16>) {
    for row in 0..<rows {
      let (from, to) = (source.pointer + row * columns, target.row(row))
      for column in 0..<columns { to[column] = BFloat16(from[column]) }
    }
  }

  /// Weight matrices (outputs, inputs), stacked along the outputs, rounded and kept as floats.
  final class Weights: @unchecked Sendable {
    private let parts: [Tensor]
    private let rounded: [Tensor]
    private let products: Float.Weights

    init(_ parts: [Tensor], backward: Bool) {
      self.parts = parts
      rounded = parts.map { Tensor(uninitialized: $0.shape) }
      Self.round(parts, rounded)
      products = Float.Weights(rounded, backward: backward)
    }

    func refresh() {
      Self.round(parts, rounded)
      products.refresh()
    }

    private static func round(_ parts: [Tensor], _ rounded: [Tensor]) {
      for (part, copy) in zip(parts, rounded) {
        for index in 0..<part.count { copy.pointer[index] = BFloat16(part.pointer[index]).float }
      }
    }

    /// y (rows, outputs) ← x (rows, inputs) · Wᵀ, plus y when `adding`.
    func forward(_ x: Tensor, rows: Int, adding: Bool, into y: RowView) {
      products.forward(RowView(x), rows: rows, adding: adding, into: y)
    }

    /// dx (rows, inputs) ← dy (rows, outputs) · W.
    func backward(_ dy: Tensor, rows: Int, into dx: RowView) {
      products.backward(RowView(dy), rows: rows, into: dx)
    }
  }
}
