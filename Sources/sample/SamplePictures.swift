import Files
import Foundation
import Images
import Shards
import StageKit

/// Writes a table of samples as PNG files for people.
struct SamplePictures {
  let table: SampleTable

  /// Checks before anything is drawn that pictures of a seed replace pictures only, and no input.
  /// - Throws: exit code 64 naming the file.
  static func check(_ folder: String, seed: UInt64, _ stage: StageRun, inputs: [String?]) throws {
    let target = URL(filePath: folder).appending(path: "seed-\(seed)").relativePath
    let inside = (try? FileManager.default.contentsOfDirectory(atPath: target)) ?? []
    let files = inside.filter { $0.hasSuffix(".png") }.map { target + "/" + $0 }
    for file in files + [target + "-images.png", target + "-orders.png"] {
      try stage.check(file, option: "--png", .png, inputs: inputs)
    }
  }

  /// Writes `<folder>/seed-S/00012-class.png` for every image, and beside that folder
  /// `seed-S-images.png` and `seed-S-orders.png`, so that the folder holds samples alone and can be scored.
  func write(to folder: String, log: Log) throws {
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
    let drawn = Set(table.labels).count
    let columns = drawn > 1 ? drawn : max(Int(Double(table.count).squareRoot().rounded(.up)), 1)
    let cell = max(table.imageWidth / table.gridWidth, 1)
    let maps = (0..<table.count).map { record in
      OrderMap.render(
        order: table.order(of: record), gridHeight: table.gridHeight, gridWidth: table.gridWidth,
        cellSize: cell)
    }
    try PNG.write(ImageGrid.compose(images, columns: columns), to: target + "-images.png")
    try PNG.write(
      ImageGrid.compose(ImageGrid.pairs(images, maps), columns: 2 * columns), to: target + "-orders.png")
    log.info(
      .note, "\(table.count) images are in \(target); \(target)-images.png and -orders.png show them",
      ["path": target])
  }
}

extension SampleTable {
  /// A name for files of one record, such as `00012-Ankle-boot`.
  func fileName(of record: Int) -> String {
    let label = Int(labels[record])
    let name = label < classNames.count ? classNames[label] : "class-\(label)"
    let safe = String(name.map { $0.isLetter || $0.isNumber ? $0 : "-" })
    return "\(String(format: "%05d", record))-\(safe)"
  }
}
