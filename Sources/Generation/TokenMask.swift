import Foundation
import Randomness

/// Which cells of a token grid are known and which are to be drawn anew.
public struct TokenMask: Sendable, Equatable {
  public let height: Int
  public let width: Int
  /// (height, width): true where the token is known.
  public private(set) var isKnown: [Bool]

  public init(height: Int, width: Int, isKnown: [Bool]) {
    precondition(isKnown.count == height * width, "a mask fills its grid")
    self.height = height
    self.width = width
    self.isKnown = isKnown
  }

  /// The mask of pixels: a cell is unknown if any of its pixels is masked (pipeline/method/generation.md §9).
  /// - Parameters:
  ///   - masked: (height · patch, width · patch), true for pixels to replace.
  ///   - patch: side of a cell in pixels.
  public init(masked: [Bool], height: Int, width: Int, patch: Int) {
    precondition(masked.count == height * width * patch * patch, "a mask fills its image")
    self.init(height: height, width: width, isKnown: [Bool](repeating: true, count: height * width))
    for (pixel, isMasked) in masked.enumerated() where isMasked {
      let (y, x) = pixel.quotientAndRemainder(dividingBy: width * patch)
      isKnown[y / patch * width + x / patch] = false
    }
  }

  /// Where the unknown cells of a random mask lie.
  public enum Shape: String, Codable, Sendable, CaseIterable {
    /// Anywhere, each by itself.
    case scattered
    /// Side by side, with the sides of the grid, at a random place.
    case block
    /// Side by side, up to twice as high or as wide as a block, at a random place.
    case rectangle
  }

  /// A random mask of one image; a function of (seed, image). Of scattered cells `round(fraction · cells)` are unknown;
  /// of the others as many as a rectangle has whose sides are rounded.
  public static func random(
    height: Int, width: Int, fraction: Double, shape: Shape = .scattered, seed: UInt64, image: UInt64
  ) -> TokenMask {
    var stream = RandomStream(seed: seed, purpose: "edit.mask", image)
    if shape != .scattered {
      return rectangle(
        height, width, fraction: fraction,
        stretch: shape == .block ? 1 : pow(2, 2 * stream.uniform() - 1), stream: &stream)
    }
    let unknown = Int((fraction * Double(height * width)).rounded())
    var mask = TokenMask(
      height: height, width: width, isKnown: [Bool](repeating: true, count: height * width))
    for cell in stream.permutation(height * width).prefix(unknown) { mask.isKnown[cell] = false }
    return mask
  }

  /// A rectangle of about a share of the cells, `stretch` times as high for its width as the grid, as far as the grid
  /// allows; one cell at least is unknown and one known, where there are two.
  private static func rectangle(
    _ height: Int, _ width: Int, fraction: Double, stretch: Double, stream: inout RandomStream
  ) -> TokenMask {
    func rounded(_ extent: Double, _ most: Int) -> Int { min(max(Int(extent.rounded()), 1), most) }
    var rows = rounded((fraction * stretch).squareRoot() * Double(height), height)
    let columns = rounded(fraction * Double(height * width) / Double(rows), width)
    if rows == height && columns == width && height * width > 1 { rows = max(rows - 1, 1) }
    let top = stream.below(height - rows + 1)
    let left = stream.below(width - columns + 1)
    return TokenMask(
      height: height, width: width,
      isKnown: (0..<height * width).map {
        !((top..<top + rows).contains($0 / width) && (left..<left + columns).contains($0 % width))
      })
  }

  /// Known cells in raster order.
  public var known: [Int] { isKnown.indices.filter { isKnown[$0] } }
  /// Unknown cells in raster order.
  public var unknown: [Int] { isKnown.indices.filter { !isKnown[$0] } }

  /// The mask grown by so many cells in every direction, diagonals included.
  public func dilated(by cells: Int) -> TokenMask {
    var result = self
    for cell in unknown {
      let (row, column) = cell.quotientAndRemainder(dividingBy: width)
      for y in max(row - cells, 0)...min(row + cells, height - 1) {
        for x in max(column - cells, 0)...min(column + cells, width - 1) {
          result.isKnown[y * width + x] = false
        }
      }
    }
    return result
  }

  /// The pixels of the unknown cells, (height · patch, width · patch).
  public func pixels(patch: Int) -> [Bool] {
    (0..<height * patch).flatMap { y in
      (0..<width * patch).map { x in !isKnown[y / patch * width + x / patch] }
    }
  }
}
