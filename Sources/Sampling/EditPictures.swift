import Files
import Foundation
import Images
import Shards
import StageKit

/// Writes completed images as PNG files for people: original, mask, result and order side by side.
package struct EditPictures {
  private let table: SampleTable

  package init(table: SampleTable) { self.table = table }

  /// Side at least which the enlarged panels have, in pixels.
  private static let side = 112

  /// Writes `<folder>/seed-S/00012-class.png` with the four panels of every image, `00012-class-result.png`
  /// with the result in its own size, and `edits.png` with all panels, an image a row. Where the shard holds a part of
  /// its seed's images, the folder has that in its name: `seed-S-00003-of-00016`.
  package func write(to folder: String, log: Log) throws {
    let name = "seed-\(table.seed)" + (table.part.map { "-\($0.place)" } ?? "")
    let target = URL(filePath: folder).appending(path: name).relativePath
    try createFolder(target)
    var all: [Image] = []
    for record in 0..<table.count {
      let shown = panels(of: record)
      let name = "\(target)/\(table.fileName(of: record))"
      try PNG.write(ImageGrid.compose(shown, columns: shown.count, gap: 4), to: name + ".png")
      try PNG.write(image(table.image(of: record)), to: name + "-result.png")
      all += shown
    }
    try PNG.write(ImageGrid.compose(all, columns: 4, gap: 4), to: target + "/edits.png")
    log.info(
      .note,
      "\(table.count) images, each as original, mask, result and order, and edits.png are in \(target)",
      ["path": target])
  }

  private func panels(of record: Int) -> [Image] {
    let factor = max((Self.side + table.imageHeight - 1) / table.imageHeight, 1)
    let original = image(table.original(of: record))
    let order = OrderMap.render(
      order: table.order(of: record), known: table.known(of: record).count { $0 },
      gridHeight: table.gridHeight,
      gridWidth: table.gridWidth, cellSize: max(table.imageHeight / table.gridHeight, 1))
    return [original, original.masked(table.mask(of: record)), image(table.image(of: record)), order].map {
      $0.nearest(width: table.imageWidth * factor, height: table.imageHeight * factor)
    }
  }

  private func image(_ pixels: ArraySlice<UInt8>) -> Image {
    Image(
      width: table.imageWidth, height: table.imageHeight, channels: table.imageChannels,
      pixels: Array(pixels))
  }
}
