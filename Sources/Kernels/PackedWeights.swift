import CKernels

/// Weight matrices (outputs, inputs), stacked along the outputs, as `ck_packed_forward` reads them.
///
/// OpenBLAS packs the weights anew for every product, which costs more than a product of few rows itself. Here a
/// row's result does not depend on how many others there are.
final class PackedWeights: Sendable {
  private let inputs: Int
  private let outputs: Int
  private let panels: Int
  private let values: Tensor

  /// Outputs that lie side by side.
  private static let panel = 16
  /// Panels that tiles of any height span without a rest (`ACROSS` in `packed.c`).
  private static let panelsOfTiles = 6
  /// Panels of one task when threads share a product, of about 2^16 multiply-adds a row of x at least.
  private var panelsOfTask: Int {
    let enough = (1 << 16) / max(inputs * Self.panel, 1)
    return max((enough + Self.panelsOfTiles - 1) / Self.panelsOfTiles, 1) * Self.panelsOfTiles
  }

  init(_ parts: [Tensor]) {
    inputs = parts.first?.columns ?? 0
    outputs = parts.reduce(0) { $0 + $1.rows }
    panels = (outputs + Self.panel - 1) / Self.panel
    values = Tensor(panels, inputs, Self.panel)
    fill(parts)
  }

  func fill(_ parts: [Tensor]) {
    var first = 0
    for part in parts {
      ck_pack(part.pointer, part.rows, inputs, first, values.pointer)
      first += part.rows
    }
  }

  /// y (rows, outputs) ← x (rows, inputs) · Wᵀ, plus y when `adding`, on all threads that have nothing else to do.
  func product(_ x: RowView, rows: Int, adding: Bool, into y: RowView) {
    Parallel.ranges(panels, size: panelsOfTask) { range in
      var product = ck_packed_product(
        x: x.pointer, rows: rows, inputs: inputs, x_stride: x.stride, weights: values.pointer,
        outputs: outputs, first_panel: range.lowerBound, panels: range.count, y: y.pointer,
        y_stride: y.stride, adding: adding ? 1 : 0)
      ck_packed_forward(&product)
    }
  }
}
