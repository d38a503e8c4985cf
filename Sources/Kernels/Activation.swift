import CKernels

/// A way of storing activations between products: `Float` or `BFloat16`.
///
/// Layers and passes are written once, generic in it. Whatever it is, products sum in float32 and the kernels of the
/// table compute in float32.
public protocol Activation: BitwiseCopyable, Sendable {
  associatedtype Weights: ProductWeights where Weights.Element == Self

  static var precision: Precision { get }
  static var kernels: ck_activation_kernels { get }
  static var decodingKernels: ck_decoding_kernels { get }

  /// C (m, n) ← op(A) (m, k) · op(B) (k, n), plus C when `adding`, on the calling thread.
  static func product(
    _ m: Int, _ n: Int, _ k: Int, _ a: Rows<Self>, _ aOrientation: Orientation, _ b: Rows<Self>,
    _ bOrientation: Orientation, adding: Bool, into c: Rows<Float>)

  /// The same, rounded to this type.
  static func product(
    _ m: Int, _ n: Int, _ k: Int, _ a: Rows<Self>, _ aOrientation: Orientation, _ b: Rows<Self>,
    _ bOrientation: Orientation, storing c: Rows<Self>)

  /// How a weight's gradient dyᵀ·x is cut into products: output rows of one task, and rows of x of one product.
  static func gradientBlock(inputs: Int, rows: Int) -> (outputs: Int, rows: Int)

  /// About how many rows one thread carries through a pass together.
  static var groupRows: Int { get }
}

/// Weight matrices (outputs, inputs), stacked along the outputs, in the form that products read.
///
/// The form is a copy for some precisions: call `refresh` whenever the values have changed.
public protocol ProductWeights: Sendable {
  associatedtype Element: Activation

  /// - Parameter backward: whether `backward` will be called; the form for it takes memory.
  init(_ parts: [Tensor], backward: Bool)

  func refresh()

  /// y (rows, outputs) ← x (rows, inputs) · Wᵀ, plus y when `adding`.
  func forward(_ x: Rows<Element>, rows: Int, adding: Bool, into y: Rows<Float>)
  func forward(_ x: Rows<Element>, rows: Int, storing y: Rows<Element>)

  /// dx (rows, inputs) ← dy (rows, outputs) · W.
  func backward(_ dy: Rows<Element>, rows: Int, into dx: Rows<Float>)
  func backward(_ dy: Rows<Element>, rows: Int, storing dx: Rows<Element>)
}
