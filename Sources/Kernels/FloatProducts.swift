import CKernels

extension Float: Activation {
  public static var precision: Precision { .float32 }
  public static var kernels: ck_activation_kernels { ck_float32 }
  public static var decodingKernels: ck_decoding_kernels { ck_decoding_float32 }

  public static func product(
    _ m: Int, _ n: Int, _ k: Int, _ a: Rows<Float>, _ aOrientation: Orientation, _ b: Rows<Float>,
    _ bOrientation: Orientation, adding: Bool, into c: Rows<Float>
  ) {
    Kernels.product(m, n, k, a, aOrientation, b, bOrientation, beta: adding ? 1 : 0, into: c)
  }

  public static func product(
    _ m: Int, _ n: Int, _ k: Int, _ a: Rows<Float>, _ aOrientation: Orientation, _ b: Rows<Float>,
    _ bOrientation: Orientation, storing c: Rows<Float>
  ) {
    Kernels.product(m, n, k, a, aOrientation, b, bOrientation, into: c)
  }

  /// Tasks of about 2^24 multiply-adds, but of no fewer outputs than make packing x, which OpenBLAS does anew for every
  /// product, cheap beside multiplying it.
  public static func gradientBlock(inputs: Int, rows: Int) -> (outputs: Int, rows: Int) {
    (max((1 << 24) / max(inputs * rows, 1) / 16 * 16, 192), rows)
  }

  /// OpenBLAS packs the weights anew for every group.
  public static var groupRows: Int { 512 }

  /// For the forward pass alone, a copy laid out for products of any number of rows; for training, where values
  /// change with every step, the parameters themselves, as OpenBLAS reads them.
  public struct Weights: ProductWeights {
    private let parts: [Tensor]
    private let packed: PackedWeights?

    public init(_ parts: [Tensor], backward: Bool) {
      self.parts = parts
      packed = backward ? nil : PackedWeights(parts)
    }

    public func refresh() { packed?.fill(parts) }

    public func forward(_ x: Rows<Float>, rows: Int, adding: Bool, into y: Rows<Float>) {
      if let packed { return packed.product(x, rows: rows, adding: adding, into: y) }
      var column = 0
      for part in parts {
        Kernels.product(
          rows, part.rows, part.columns, x, .asIs, RowView(part), .transposed, beta: adding ? 1 : 0,
          into: y.from(column: column))
        column += part.rows
      }
    }

    public func forward(_ x: Rows<Float>, rows: Int, storing y: Rows<Float>) {
      forward(x, rows: rows, adding: false, into: y)
    }

    public func backward(_ dy: Rows<Float>, rows: Int, into dx: Rows<Float>) {
      var column = 0
      for part in parts {
        Kernels.product(
          rows, part.columns, part.rows, dy.from(column: column), .asIs, RowView(part), .asIs,
          beta: column > 0 ? 1 : 0, into: dx)
        column += part.rows
      }
    }

    public func backward(_ dy: Rows<Float>, rows: Int, storing dx: Rows<Float>) {
      backward(dy, rows: rows, into: dx)
    }
  }
}
