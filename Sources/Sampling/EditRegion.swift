import ArgumentParser
import Files
import Foundation
import Generation
import Images
import Shards
import StageKit

/// What of an image is to be drawn anew.
package enum EditRegion {
  /// Pixels of the image; cells that they touch are drawn anew, and so are `dilation` cells around these.
  case masked(PixelMask, dilation: Int)
  /// Cells around the image, which grows.
  case extended([CanvasPlan.Move], stride: Int?)
  /// Cells from which the image was moved away.
  case shifted([CanvasPlan.Move])

  /// Pixels to replace.
  package enum PixelMask {
    /// A PNG file of the image's size, white where to replace.
    case file(String)
    case rectangle(Rectangle)
    /// The share of cells of each image, drawn by the seed.
    case fraction(Double, TokenMask.Shape)
  }

  /// The region as facts of the result.
  package var facts: [String: JSONValue] {
    switch self {
    case .masked(let mask, let dilation):
      var facts: [String: JSONValue] = dilation > 0 ? ["dilation": .integer(dilation)] : [:]
      switch mask {
      case .file: break
      case .rectangle(let rectangle): facts["rectangle"] = .string(rectangle.text)
      case .fraction(let fraction, let shape):
        facts["mask_fraction"] = .number(fraction)
        if shape != .scattered { facts["mask_shape"] = .string(shape.rawValue) }
      }
      return facts
    case .extended(let moves, let stride):
      return ["extend": Self.list(moves), "stride": stride.map { .integer($0) } ?? .null]
    case .shifted(let moves): return ["shift": Self.list(moves)]
    }
  }

  private static func list(_ moves: [CanvasPlan.Move]) -> JSONValue {
    .array(moves.map { .string("\($0.direction.rawValue)=\($0.cells)") })
  }

  /// Whether each image has a mask of its own.
  var dependsOnImage: Bool { if case .masked(.fraction, _) = self { true } else { false } }

  /// The mask's file, where there is one.
  package var file: String? { if case .masked(.file(let path), _) = self { path } else { nil } }

  /// The mask's file as an input.
  package func inputs() throws -> [Provenance.Input] {
    guard let path = file else { return [] }
    return [try Provenance.Input(role: "mask", file: path)]
  }

  /// How the model's windows lie.
  /// - Throws: exit code 64 for moves that leave nothing of the image, or windows that do not overlap.
  package func plan(grid: Int) throws -> CanvasPlan {
    switch self {
    case .masked: return CanvasPlan(grid: grid)
    case .shifted(let moves):
      let plan = CanvasPlan(grid: grid, shifted: moves)
      guard max(abs(plan.origin.row), abs(plan.origin.column)) < grid,
        (plan.origin.row, plan.origin.column) != (0, 0)
      else {
        throw StageError(
          .usage,
          "--shift must move the image by 1 to \(grid - 1) cells, found \(plan.origin.row) down and "
            + "\(plan.origin.column) to the right. Move it less far, or at all.")
      }
      return plan
    case .extended(let moves, let stride):
      let stride = stride ?? max(grid / 2, 1)
      guard stride < grid else {
        throw StageError(
          .usage, "--stride must be below the grid's \(grid) cells, so that windows overlap, found \(stride)."
        )
      }
      return CanvasPlan(grid: grid, extended: moves, stride: stride)
    }
  }

  /// Pixels to replace and cells to draw of one image; all cells are known where the canvas alone is drawn.
  ///
  /// - Throws: one sentence for a mask of another size, one that touches nothing, or one that leaves nothing.
  package func masks(size: Int, grid: Int, seed: UInt64, image: UInt64) throws -> (
    pixels: [Bool], cells: TokenMask
  ) {
    let patch = size / grid
    guard case .masked(let mask, let dilation) = self else {
      let all = [Bool](repeating: false, count: size * size)
      return (all, TokenMask(masked: all, height: grid, width: grid, patch: patch))
    }
    let name: String
    let pixels: [Bool]
    switch mask {
    case .file(let path):
      name = path
      pixels = try Self.read(path, size: size)
    case .rectangle(let rectangle):
      name = "The rectangle \(rectangle.text)"
      pixels = rectangle.pixels(size: size)
    case .fraction(let fraction, let shape):
      name = "The mask of a share of \(fraction)"
      pixels = TokenMask.random(
        height: grid, width: grid, fraction: fraction, shape: shape, seed: seed, image: image
      ).pixels(patch: patch)
    }
    let cells = TokenMask(masked: pixels, height: grid, width: grid, patch: patch).dilated(by: dilation)
    guard !cells.unknown.isEmpty else {
      throw StageError(
        .badData, "\(name) covers no pixel of the \(size)x\(size) image. Mask what is to be drawn anew.")
    }
    guard !cells.known.isEmpty else {
      throw StageError(
        .badData,
        "\(name) touches all \(grid)x\(grid) cells, so that nothing of the image is left. "
          + "Mask less, or draw whole images with 'sample'.")
    }
    return (pixels, cells)
  }

  /// Reads a mask file: pixels of at least half the brightness, transparent ones too, are to be replaced.
  private static func read(_ path: String, size: Int) throws -> [Bool] {
    let image = try PNG.read(path).image
    guard image.width == size, image.height == size else {
      throw StageError(
        .badData,
        "\(path) is a mask of \(image.width)x\(image.height) pixels, expected \(size)x\(size) as the "
          + "image. Scale it to that size.")
    }
    return image.converted(channels: 1).pixels.map { $0 >= 128 }
  }
}

/// A rectangle of pixels.
package struct Rectangle: ExpressibleByArgument {
  package let x: Int
  package let y: Int
  package let width: Int
  package let height: Int

  /// Nil unless the text has the form `x,y,w,h` with x and y from 0 and w and h from 1.
  package init?(argument: String) {
    let parts = argument.split(separator: ",", omittingEmptySubsequences: false).map { Int($0) }
    let values = parts.compactMap { $0 }
    guard parts.count == 4, values.count == 4, values.allSatisfy({ (0...1 << 20).contains($0) }),
      values[2] > 0,
      values[3] > 0
    else { return nil }
    (x, y, width, height) = (values[0], values[1], values[2], values[3])
  }

  package var text: String { "\(x),\(y),\(width),\(height)" }

  /// (size, size): which pixels lie inside.
  package func pixels(size: Int) -> [Bool] {
    (0..<size * size).map { pixel in
      (x..<x + width).contains(pixel % size) && (y..<y + height).contains(pixel / size)
    }
  }
}

extension Provenance.Input {
  /// A file that is no shard: its name and the hash of its bytes.
  package init(role: String, file path: String) throws {
    self.init(
      role: role, name: URL(filePath: path).lastPathComponent,
      contentID: try ReadableFile.hash(of: path))
  }
}
