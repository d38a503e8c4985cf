import ArgumentParser
import Foundation
import Images
import Inspection
import Shards
import StageKit
import Weights

/// `shard render`: pictures of orders, samples and tokens.
struct Render: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Draw orders over their images, from yellow (first) to violet (last).",
    discussion: """
      Writes one PNG in which each image stands beside its order map. Samples carry their images; for \
      orders and tokens the images are decoded from the tokens with the image tokenizer. Orders without \
      --tokens are drawn as plain maps.

      EXAMPLES:
        shard render work/fashion-mini/samples/distill-greedy --out samples.png
        shard render work/fashion-mini/orders --tokens work/fashion-mini/tokens/train \
      --tokenizer work/fashion-mini/tokenizer/model.shard --label 7 --out orders.png
      """)

  @Argument(help: "A shard of orders, samples or tokens, or a folder of one kind.") var path: String
  @Option(help: "The PNG to write.") var out: String
  @Option(help: "The token shards that orders belong to: a file or a folder.") var tokens: String?
  @Option(help: "The weights shard of the image tokenizer.") var tokenizer: String?
  @Option(help: "Draw images of this class only.") var label: Int?
  @Option(help: "First image to draw, of those that are left.") var from = 0
  @Option(help: "How many images to draw.") var count = 24
  @Option(help: "Images side by side.") var columns = 6
  @Option(help: "Pixels along the side of a token.") var cell = 16
  @Option(help: "How much of the colour covers the image, 0 to 1.") var opacity = 0.6

  func validate() throws {
    if from < 0 { throw ValidationError("--from must be at least 0, found \(from).") }
    try requireOption(count, in: 1...100_000, "--count")
    try requireOption(columns, in: 1...100_000, "--columns")
    try requireOption(cell, in: 1...256, "--cell")
    try requireOption(opacity, in: 0...1, "--opacity")
  }

  func run() throws {
    try runWorkbench {
      try check(out, .png, inputs: [path, tokens, tokenizer])
      ThreadCount.configure(nil)
      let source = RenderSource(tokens: tokens, tokenizer: tokenizer)
      var left = from
      var pictures: [OrderPicture] = []
      for file in try ShardFolder.files(below: [path]) where pictures.count < count {
        let found = try source.pictures(file, label: label, skip: &left, limit: count - pictures.count)
        if let first = pictures.first, let other = found.first, !first.isLike(other) {
          throw ShardError.mismatch(
            path: file, expected: "pictures like those before (\(first.extents))", found: other.extents)
        }
        pictures += found
      }
      guard let picture = pictures.first else {
        throw ValidationError("\(path) has no images to draw with these options.")
      }
      // Twice, as tiles and as the picture of them.
      try MemoryRoom.require(
        product: [2, 2, pictures.count, picture.gridWidth, picture.gridHeight, cell, cell, 3], subject: out,
        purpose:
          "\(pictures.count) images of \(picture.gridWidth * cell)x\(picture.gridHeight * cell) pixels",
        advice: "Draw fewer (--count), or smaller ones (--cell).", exit: .usage)
      let tiles = pictures.flatMap { $0.tiles(cell: cell, opacity: opacity) }
      let across = columns * (tiles.count / pictures.count)
      try PNG.write(ImageGrid.compose(tiles, columns: across), to: out)
      print("\(out)  \(pictures.count) images, yellow first, violet last")
    }
  }
}

/// One image, its order, or both.
struct OrderPicture {
  let image: Image?
  let order: [Int]?
  let gridHeight: Int
  let gridWidth: Int

  func isLike(_ other: OrderPicture) -> Bool { extents == other.extents }

  var extents: String {
    "grid \(gridHeight)x\(gridWidth), \(image == nil ? "no" : "with") image, \(order == nil ? "no" : "with") order"
  }

  /// The image and the map over it, each at `cell` pixels a token.
  func tiles(cell: Int, opacity: Double) -> [Image] {
    var result: [Image] = []
    if let image { result.append(image.nearest(width: gridWidth * cell, height: gridHeight * cell)) }
    if let order {
      result.append(
        OrderMap.render(
          order: order, gridHeight: gridHeight, gridWidth: gridWidth, cellSize: cell, over: image,
          opacity: opacity))
    }
    return result
  }
}
