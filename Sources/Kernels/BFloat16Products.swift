import CKernels

#if OneDNN
  import CDNNL
#endif

extension BFloat16: Activation {
  public static var precision: Precision { .bfloat16 }
  public static var kernels: ck_activation_kernels { ck_bfloat16 }
  public static var decodingKernels: ck_decoding_kernels { ck_decoding_bfloat16 }

  public static func product(
    _ m: Int, _ n: Int, _ k: Int, _ a: Rows<BFloat16>, _ aOrientation: Orientation, _ b: Rows<BFloat16>,
    _ bOrientation: Orientation, adding: Bool, into c: Rows<Float>
  ) {
    if EmulatedBFloat16.isOn {
      return EmulatedBFloat16.product(
        m, n, k, a, aOrientation, b, bOrientation, adding: adding, into: c)
    }
    run(
      m, n, k, a, aOrientation, b, bOrientation, into: c.pointer, stride: c.stride, storesFloats: true,
      adding: adding)
  }

  public static func product(
    _ m: Int, _ n: Int, _ k: Int, _ a: Rows<BFloat16>, _ aOrientation: Orientation, _ b: Rows<BFloat16>,
    _ bOrientation: Orientation, storing c: Rows<BFloat16>
  ) {
    if EmulatedBFloat16.isOn {
      let floats = Tensor(uninitialized: [max(m, 1), max(n, 1)])
      EmulatedBFloat16.product(
        m, n, k, a, aOrientation, b, bOrientation, adding: false, into: RowView(floats))
      return EmulatedBFloat16.round(floats, rows: m, columns: n, into: c)
    }
    run(
      m, n, k, a, aOrientation, b, bOrientation, into: c.pointer, stride: c.stride, storesFloats: false,
      adding: false)
  }

  /// oneDNN packs the second factor for itself, so it should fit the second-level cache and serve many outputs.
  public static func gradientBlock(inputs: Int, rows: Int) -> (outputs: Int, rows: Int) {
    (192, max((1 << 18) / max(inputs, 1) / 128 * 128, 256))
  }

  public static var groupRows: Int { 256 }

  private static func run(
    _ m: Int, _ n: Int, _ k: Int, _ a: Rows<BFloat16>, _ aOrientation: Orientation, _ b: Rows<BFloat16>,
    _ bOrientation: Orientation, into c: UnsafeMutableRawPointer, stride: Int, storesFloats: Bool,
    adding: Bool
  ) {
    guard m > 0, n > 0 else { return }
    #if OneDNN
      let shape = ProductPlans.Shape(
        m: m, n: n, k: k, aRow: aOrientation == .asIs ? a.stride : 1,
        aColumn: aOrientation == .asIs ? 1 : a.stride, bRow: bOrientation == .asIs ? b.stride : 1,
        bColumn: bOrientation == .asIs ? 1 : b.stride, c: stride, storesFloats: storesFloats, adding: adding)
      ProductPlans.shared.run(shape, a: a.pointer, b: b.pointer, packed: nil, c: c)
    #else
      preconditionFailure("Precision.available tells that this build has no bfloat16")
    #endif
  }

  /// Rounded copies in oneDNN's blocked layout, one for each direction. Rows must lie side by side: strides equal
  /// widths, or oneDNN would fall back to a slow product.
  public final class Weights: ProductWeights {
    private let parts: [Tensor]
    private let inputs: Int
    private let outputs: Int
    private let emulated: EmulatedBFloat16.Weights?
    #if OneDNN
      private let forwardForm: PackedMatrix?
      private let backwardForm: PackedMatrix?
    #endif

    public init(_ parts: [Tensor], backward: Bool) {
      self.parts = parts
      inputs = parts.first?.columns ?? 0
      outputs = parts.reduce(0) { $0 + $1.rows }
      emulated = EmulatedBFloat16.isOn ? EmulatedBFloat16.Weights(parts, backward: backward) : nil
      #if OneDNN
        forwardForm = emulated == nil ? PackedMatrix(inputs, outputs) : nil
        backwardForm = emulated == nil && backward ? PackedMatrix(outputs, inputs) : nil
        if emulated == nil { refresh() }
      #else
        precondition(emulated != nil, "Precision.available tells that this build has no bfloat16")
      #endif
    }

    public func refresh() {
      if let emulated { return emulated.refresh() }
      #if OneDNN
        let stacked: Tensor
        if parts.count == 1 {
          stacked = parts[0]
        } else {
          stacked = Tensor(uninitialized: [outputs, inputs])
          var row = 0
          for part in parts {
            stacked.row(row).update(from: part.pointer, count: part.count)
            row += part.rows
          }
        }
        forwardForm?.fill(stacked, .transposed)
        backwardForm?.fill(stacked, .asIs)
      #endif
    }

    public func forward(_ x: Rows<BFloat16>, rows: Int, adding: Bool, into y: Rows<Float>) {
      precondition(x.stride == inputs && y.stride == outputs, "rows lie side by side")
      if let emulated {
        let floats = EmulatedBFloat16.floats(x, rows: rows, columns: inputs)
        return emulated.forward(floats, rows: rows, adding: adding, into: y)
      }
      #if OneDNN
        forwardForm?.product(rows, x, into: y.pointer, storesFloats: true, adding: adding)
      #endif
    }

    public func forward(_ x: Rows<BFloat16>, rows: Int, storing y: Rows<BFloat16>) {
      precondition(x.stride == inputs && y.stride == outputs, "rows lie side by side")
      if emulated != nil {
        let floats = Tensor(uninitialized: [max(rows, 1), outputs])
        forward(x, rows: rows, adding: false, into: RowView(floats))
        return EmulatedBFloat16.round(floats, rows: rows, columns: outputs, into: y)
      }
      #if OneDNN
        forwardForm?.product(rows, x, into: y.pointer, storesFloats: false, adding: false)
      #endif
    }

    public func backward(_ dy: Rows<BFloat16>, rows: Int, into dx: Rows<Float>) {
      precondition(dy.stride == outputs && dx.stride == inputs, "rows lie side by side")
      if let emulated {
        let floats = EmulatedBFloat16.floats(dy, rows: rows, columns: outputs)
        return emulated.backward(floats, rows: rows, into: dx)
      }
      #if OneDNN
        backwardForm?.product(rows, dy, into: dx.pointer, storesFloats: true, adding: false)
      #endif
    }

    public func backward(_ dy: Rows<BFloat16>, rows: Int, storing dx: Rows<BFloat16>) {
      precondition(dy.stride == outputs && dx.stride == inputs, "rows lie side by side")
      if emulated != nil {
        let floats = Tensor(uninitialized: [max(rows, 1), inputs])
        backward(dy, rows: rows, into: RowView(floats))
        return EmulatedBFloat16.round(floats, rows: rows, columns: inputs, into: dx)
      }
      #if OneDNN
        backwardForm?.product(rows, dy, into: dx.pointer, storesFloats: false, adding: false)
      #endif
    }
  }
}

#if OneDNN
  /// A second factor (k, n) of products, rounded and laid out once for many of them.
  private final class PackedMatrix: @unchecked Sendable {
    let k: Int
    let n: Int
    private let packed: UnsafeMutablePointer<od_packed>

    init(_ k: Int, _ n: Int) {
      self.k = k
      self.n = n
      _ = ProductPlans.shared
      packed = .allocate(capacity: 1)
      let failed = od_packed_create(packed, Int64(k), Int64(n))
      precondition(failed == 0, "oneDNN could not lay out a matrix of (\(k), \(n))")
    }

    deinit {
      od_packed_destroy(packed)
      packed.deallocate()
    }

    /// - Parameter orientation: how `values` must be read to have the shape (k, n).
    func fill(_ values: Tensor, _ orientation: Orientation) {
      let stride = Int64(values.columns)
      let strides =
        orientation == .asIs ? od_strides(row: stride, column: 1) : od_strides(row: 1, column: stride)
      let failed = od_packed_fill(packed, Int64(k), Int64(n), values.pointer, strides)
      precondition(failed == 0, "oneDNN could not pack a matrix of (\(k), \(n))")
    }

    func product(
      _ rows: Int, _ x: Rows<BFloat16>, into c: UnsafeMutableRawPointer, storesFloats: Bool, adding: Bool
    ) {
      guard rows > 0 else { return }
      let shape = ProductPlans.Shape(
        m: rows, n: n, k: k, aRow: x.stride, aColumn: 1, bRow: 0, bColumn: 0, c: n,
        storesFloats: storesFloats, adding: adding)
      ProductPlans.shared.run(shape, a: x.pointer, b: nil, packed: packed, c: c)
    }
  }
#endif
