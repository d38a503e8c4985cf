import Files
import Foundation
import Images
import Shards
import StageKit

/// Writes a table of samples as PNG files for people.
package struct SamplePictures {
  private let table: SampleTable

  package init(table: SampleTable) { self.table = table }

  /// Checks before anything is drawn that pictures of a seed replace pictures only, and no input.
  /// - Throws: exit code 64 naming the file.
  package static func check(_ folder: String, _ shard: SampleShard, _ stage: StageRun, inputs: [String?])
    throws
  {
    let target = URL(filePath: folder).appending(path: "seed-\(shard.seed)").relativePath
    let sheets = target + (shard.share.count > 1 ? "-\(shard.share)" : "")
    let folders = [target, sheets].map { folder in
      ((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []).filter { $0.hasSuffix(".png") }
        .map { folder + "/" + $0 }
    }
    for file in folders.flatMap({ $0 }) + [sheets + "-images.png", sheets + "-orders.png"] {
      try stage.check(file, option: "--png", .png, inputs: inputs)
    }
  }

  /// Writes `<folder>/seed-S/00012-class.png` for every image, and beside that folder
  /// `seed-S-images.png` and `seed-S-orders.png`, so that the folder holds samples alone and can be scored. Where the
  /// shard holds a part of its seed's images, the last two names end as `seed-S-00003-of-00016-images.png`.
  package func write(to folder: String, log: Log) throws {
    let target = URL(filePath: folder).appending(path: "seed-\(table.seed)").relativePath
    try createFolder(target)
    let images = (0..<table.count).map { record in
      Image(
        width: table.imageWidth, height: table.imageHeight, channels: table.imageChannels,
        pixels: Array(table.image(of: record)))
    }
    for (record, image) in images.enumerated() {
      try PNG.write(image, to: "\(target)/\(table.fileName(of: record)).png")
    }
    // A column for each class that was drawn, so that rows read as rows of classes in turn; of one class a square.
    let drawn = table.texts == nil ? Set(table.labels).count : 1
    let columns = drawn > 1 ? drawn : max(Int(Double(table.count).squareRoot().rounded(.up)), 1)
    let cell = max(table.imageWidth / table.gridWidth, 1)
    let maps = (0..<table.count).map { record in
      OrderMap.render(
        order: table.order(of: record), gridHeight: table.gridHeight, gridWidth: table.gridWidth,
        cellSize: cell)
    }
    let sheets = target + (table.part.map { "-\($0.place)" } ?? "")
    try PNG.write(ImageGrid.compose(images, columns: columns), to: sheets + "-images.png")
    try PNG.write(
      ImageGrid.compose(ImageGrid.pairs(images, maps), columns: 2 * columns), to: sheets + "-orders.png")
    log.info(
      .note, "\(table.count) images are in \(target); \(sheets)-images.png and -orders.png show them",
      ["path": target])
  }
}

extension SampleTable {
  /// A name for files of one record, such as `00012-Ankle-boot`: its place among the images of the seed, and its class.
  package func fileName(of record: Int) -> String {
    let label = Int(labels[record])
    let name =
      (texts?.texts[record]).map { String($0.prefix(60)) }
      ?? (label < classNames.count ? classNames[label] : "class-\(label)")
    let safe = String(name.map { $0.isLetter || $0.isNumber ? $0 : "-" })
    return "\(String(format: "%05d", firstImage + record))-\(safe)"
  }
}
