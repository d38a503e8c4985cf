import Kernels
import Layers

/// Muon's step of one matrix W (m, n): momentum made orthogonal (Jordan et al. 2024, kellerjordan.github.io/posts/muon),
/// scaled so that its size is that of a step of Adam (Liu et al. 2025, arXiv:2502.16982, equation 4).
///
///     M ← μM + G
///     O = orthogonal(G + μM)          Nesterov; five rounds of Newton and Schulz
///     W ← W(1 − rate · decay) − rate · 0.2 · √max(m, n) · O
///
/// orthogonal(X) begins with X/‖X‖ and takes X ← aX + (b·XXᵀ + c·(XXᵀ)²)X with (a, b, c) = (3.4445, −4.7750, 2.0315),
/// which brings all singular values near 1 without their ever being computed. Wide matrices are read as they are, tall
/// ones transposed. One thread steps one matrix, so threads change nothing.
final class OrthogonalUpdate {
  private static let momentum: Float = 0.95
  private static let rounds = 5
  private static let coefficients: (a: Float, b: Float, c: Float) = (3.4445, -4.7750, 2.0315)

  private let parameter: Parameter
  private let moments: Tensor
  private let decay: Float
  /// Where the matrix begins in the parameter.
  private let first: Int
  private let rows: Int
  private let columns: Int
  /// The shorter side, and the longer.
  private let short: Int
  private let long: Int
  /// (short, long) twice, and (short, short) twice: what a step computes in.
  private let current: Tensor
  private let next: Tensor
  private let gram: Tensor
  private let polynomial: Tensor

  /// - Parameters:
  ///   - parameter: with two extents.
  ///   - part: which rows of it are the matrix.
  ///   - momentum: M, of the parameter's shape.
  init(_ parameter: Parameter, rows part: Range<Int>, momentum: Tensor, decay: Float) {
    precondition(parameter.shape.count == 2, "\(parameter.name) is no matrix")
    (rows, columns) = (part.count, parameter.shape[1])
    self.parameter = parameter
    first = part.lowerBound * columns
    moments = momentum
    self.decay = decay
    (short, long) = (min(rows, columns), max(rows, columns))
    current = Tensor(short, long)
    next = Tensor(short, long)
    gram = Tensor(short, short)
    polynomial = Tensor(short, short)
  }

  /// Takes the step with the gradient times `factor`; the gradient is zero afterwards.
  func step(rate: Float, factor: Float) {
    let (gradient, value) = (parameter.gradient.pointer + first, parameter.value.pointer + first)
    let momentum = moments.pointer + first
    var sum = 0.0
    for row in 0..<rows {
      for column in 0..<columns {
        let index = row * columns + column
        let slope = gradient[index] * factor
        momentum[index] = Self.momentum * momentum[index] + slope
        let ahead = slope + Self.momentum * momentum[index]
        current.pointer[place(row, column)] = ahead
        sum += Double(ahead) * Double(ahead)
        gradient[index] = 0
      }
    }
    orthogonalise(norm: sum.squareRoot())
    let size = rate * 0.2 * Float(long).squareRoot()
    let kept = 1 - rate * decay
    for row in 0..<rows {
      for column in 0..<columns {
        let index = row * columns + column
        value[index] = value[index] * kept - size * current.pointer[place(row, column)]
      }
    }
  }

  /// Where an entry lies in the wide reading.
  private func place(_ row: Int, _ column: Int) -> Int {
    rows <= columns ? row * long + column : column * long + row
  }

  /// current ← orthogonal(current).
  private func orthogonalise(norm: Double) {
    let scale = Float(1 / (norm + 1e-7))
    for index in 0..<short * long { current.pointer[index] *= scale }
    let (a, b, c) = Self.coefficients
    for _ in 0..<Self.rounds {
      product(
        short, short, long, current.pointer, stride: long, .asIs, current.pointer, stride: long, .transposed,
        into: gram.pointer, stride: short)
      // b·A + c·A², A the symmetric XXᵀ.
      polynomial.pointer.update(from: gram.pointer, count: short * short)
      product(
        short, short, short, alpha: c, gram.pointer, stride: short, .asIs, gram.pointer, stride: short, .asIs,
        beta: b,
        into: polynomial.pointer, stride: short)
      next.pointer.update(from: current.pointer, count: short * long)
      product(
        short, long, short, polynomial.pointer, stride: short, .asIs, current.pointer, stride: long, .asIs,
        beta: a,
        into: next.pointer, stride: long)
      current.pointer.update(from: next.pointer, count: short * long)
    }
  }
}
