import CKernels
import Foundation
import Kernels

/// Two-dimensional rotary angles of every grid location, and the class token's row
/// (pipeline/method/transformer.md §3).
///
/// Adjacent elements (2j, 2j+1) of a head are a pair. The first half of the pairs turns with the grid row, the
/// second half with the column, by `coordinate · base^(−2j / (headWidth/2))`. Table row 0 belongs to the class token and
/// is all zeros, cosine and sine: its query and key become the zero vector, which is not an identity rotation. Row
/// 1 + l belongs to location l.
public struct RotaryTable: Sendable {
  public let headWidth: Int
  public let locations: Int
  /// cos and ±sin for every element of a head; shape (1 + locations, headWidth).
  let cosine: Tensor
  let sine: Tensor

  /// - Parameter headWidth: elements of a head, a multiple of four.
  public init(gridHeight: Int, gridWidth: Int, headWidth: Int, base: Double = 10_000) {
    precondition(headWidth % 4 == 0, "a head has a multiple of four elements, found \(headWidth)")
    self.headWidth = headWidth
    locations = gridHeight * gridWidth
    cosine = Tensor(1 + locations, headWidth)
    sine = Tensor(1 + locations, headWidth)
    let quarter = headWidth / 4
    for location in 0..<locations {
      let coordinates = [Double(location / gridWidth), Double(location % gridWidth)]
      for pair in 0..<(headWidth / 2) {
        let frequency = pow(base, -2 * Double(pair % quarter) / Double(headWidth / 2))
        let angle = coordinates[pair / quarter] * frequency
        let index = (1 + location) * headWidth + 2 * pair
        cosine[index] = Float(cos(angle))
        cosine[index + 1] = Float(cos(angle))
        sine[index] = Float(-sin(angle))
        sine[index + 1] = Float(sin(angle))
      }
    }
  }

  /// (cos, sin) of one pair, as official tables list them.
  public func angles(row: Int, pair: Int) -> (cosine: Float, sine: Float) {
    (cosine[row * headWidth + 2 * pair], sine[row * headWidth + 2 * pair + 1])
  }

  /// Rotates `heads` heads of every row in place: (a, b) ↦ (a cos − b sin, b cos + a sin).
  @inline(__always)
  public func rotate<A: Activation>(
    _ x: Rows<A>, rows: Int, heads: Int, by tableRows: UnsafePointer<Int32>
  ) {
    A.kernels.rotate(x.pointer, x.stride, rows, heads, headWidth, cosine.pointer, sine.pointer, tableRows, 1)
  }

  /// The transposed rotation, which carries ∂L/∂(rotated) back to ∂L/∂x in place.
  @inline(__always)
  public func rotateBackward<A: Activation>(
    _ dx: Rows<A>, rows: Int, heads: Int, by tableRows: UnsafePointer<Int32>
  ) {
    A.kernels.rotate(
      dx.pointer, dx.stride, rows, heads, headWidth, cosine.pointer, sine.pointer, tableRows, -1)
  }
}
