import EngineKit
import Features
import Foundation
import Images
import Reporting
import Shards
import StageKit

/// Samples by class with their orders, mean orders, and what the tokenizer keeps of an image.
struct ReportPictures {
  let run: RunFolder
  let titles: RunTitles
  /// Places that another run may hold.
  let tokenizer: String
  let tokens: String
  let orders: String

  /// Samples per class on the page.
  private static let perClass = 4
  /// Arms with samples, in the order in which they are shown.
  private var arms: [String] { titles.sorted(arms: RunFolder.names("\(run.path)/samples")) }
  /// Arms shown without a click, by importance; all where none is what the run is made for.
  private var open: [String] {
    let principal = titles.principal(arms)
    return principal.isEmpty ? arms : principal
  }

  func sections() throws -> [Page.Section] {
    try [samples(), meanOrders(), reconstructions()].compactMap { $0 }
  }

  // MARK: samples

  private func samples() throws -> Page.Section? {
    let open = open
    var blocks: [Block] = []
    var closed: [Block] = []
    var (steps, hasWords) = (0, false)
    for arm in arms {
      guard let table = try RunFolder.firstSeed("\(run.path)/samples/\(arm)") else { continue }
      steps = table.tokensPerImage
      hasWords = hasWords || table.texts != nil
      let grid = Block.figures(grid(of: table))
      let title = titles.title(ofArm: arm)
      if open.contains(arm) {
        blocks += [.subheading(title), grid]
      } else {
        closed.append(.details(summary: title, [grid]))
      }
    }
    guard steps > 0 else { return nil }
    let introduction: [Block] = [
      .paragraph(
        "The first samples of each class with the first seed, unselected; beside each the order it was "
          + "drawn in"
          + (hasWords ? ", below it the sentence that it was drawn from: the caption of a test image." : ".")
      ),
      .orderLegend(steps: steps),
    ]
    return Page.Section("Samples", introduction + blocks + closed)
  }

  private func grid(of table: SampleTable) -> FigureGrid {
    let cell = max(table.imageHeight / table.gridHeight, 1)
    let rows = classes(table.labels, names: table.classNames).map { name, records in
      FigureGrid.Row(
        name,
        items: records.prefix(Self.perClass).map { record in
          let image = Image(
            width: table.imageWidth, height: table.imageHeight, channels: table.imageChannels,
            pixels: Array(table.image(of: record)))
          let map = OrderMap.render(
            order: table.order(of: record), gridHeight: table.gridHeight, gridWidth: table.gridWidth,
            cellSize: cell)
          return FigureGrid.Item(
            [.init(image, "sample of \(name)"), .init(map, "its generation order")],
            caption: table.texts?.texts[record] ?? "")
        })
    }
    return FigureGrid(caption: "", rows: rows)
  }

  /// Records by class, in the order of the classes; classes without records are left out.
  private func classes(_ labels: [UInt32], names: [String]) -> [(name: String, records: [Int])] {
    Dictionary(grouping: labels.indices, by: { labels[$0] }).sorted { $0.key < $1.key }.map {
      label, records in
      (Int(label) < names.count ? names[Int(label)] : "class \(label)", records)
    }
  }

  // MARK: orders

  private func meanOrders() throws -> Page.Section? {
    var columns: [(title: String, maps: [String: Image])] = []
    var (steps, names) = (0, [String]())
    if let extracted = try extractedOrders() {
      columns.append((extracted.way, extracted.maps))
      (steps, names) = (extracted.steps, extracted.names)
    }
    for arm in open {
      guard let table = try RunFolder.firstSeed("\(run.path)/samples/\(arm)") else { continue }
      let groups = classes(table.labels, names: table.classNames)
      if names.isEmpty { names = groups.map(\.name) }
      steps = table.tokensPerImage
      let maps = groups.map { name, records in
        (name, map(records.map { table.order(of: $0) }, table.gridHeight, table.gridWidth))
      }
      columns.append((titles.title(ofArm: arm), Dictionary(maps, uniquingKeysWith: { first, _ in first })))
    }
    guard !columns.isEmpty else { return nil }
    let rows = columns.map { title, maps in
      FigureGrid.Row(
        title,
        items: names.compactMap { name in
          maps[name].map { FigureGrid.Item([.init($0, "mean order of \(name), \(title)")], caption: name) }
        })
    }
    return Page.Section(
      "Orders",
      [
        .paragraph(
          "The mean step at which each location is drawn, by class: the orders extracted for training "
            + "images, then those "
            + "of the samples. A map of one middle colour means that orders differ from image to image "
            + "or are random."
        ),
        .orderLegend(steps: steps), .figures(FigureGrid(caption: "", rows: rows)),
      ])
  }

  /// Mean maps of the extracted orders, class by class, from the first order shard and its tokens' labels.
  private func extractedOrders() throws -> (
    maps: [String: Image], steps: Int, names: [String], way: String
  )? {
    guard let path = RunFolder.firstShard(orders, kind: .orders),
      let tokensPath = RunFolder.firstShard("\(tokens)/train", kind: .tokens)
    else { return nil }
    let table = try OrderTable(reading: path)
    let labels = try TokenTable(reading: tokensPath)
    guard labels.sampleIDs == table.sampleIDs else { return nil }
    let groups = classes(labels.labels, names: labels.classNames)
    let maps = groups.map { name, records in
      (name, map(records.map { table.order(of: $0) }, table.gridHeight, table.gridWidth))
    }
    return (
      Dictionary(maps, uniquingKeysWith: { first, _ in first }), table.tokensPerImage, groups.map(\.name),
      table.policyContentID != nil ? "by the policy" : table.lazy != nil ? "extracted lazily" : "extracted"
    )
  }

  private func map(_ orders: [[Int]], _ height: Int, _ width: Int) -> Image {
    OrderMap.render(
      meanSteps: OrderMap.meanSteps(of: orders), gridHeight: height, gridWidth: width, cellSize: 4)
  }

  // MARK: reconstructions

  private func reconstructions() throws -> Page.Section? {
    guard FileManager.default.fileExists(atPath: tokenizer),
      let path = RunFolder.firstShard("\(tokens)/test", kind: .tokens)
    else { return nil }
    let decoder = try TokenDecoder(tokenizer)
    let table = try decoder.table(path)
    let groups = classes(table.labels, names: table.classNames)
      .map { name, records in (name: name, records: Array(records.prefix(Self.perClass))) }
    let originals = originals(of: groups.flatMap { $0.records.map { table.sampleIDs[$0] } })
    let rows = groups.map { name, records in
      let images = decoder.images(of: table.tokens, records)
      return FigureGrid.Row(
        name,
        items: zip(records, images).map { record, image in
          let original = originals[table.sampleIDs[record]].map {
            FigureGrid.Panel($0, "test image of \(name)")
          }
          let reconstruction = FigureGrid.Panel(image, "reconstruction of \(name)")
          return FigureGrid.Item([original, reconstruction].compactMap { $0 })
        })
    }
    let words =
      originals.isEmpty
      ? "Test images as the tokenizer reproduces them" : "Test images, and beside each its reconstruction"
    return Page.Section(
      "Reconstructions",
      [
        .paragraph(
          "\(words) from \(table.tokensPerImage) codes: nothing that a model draws can look better "
            + "than these."
        ),
        .figures(FigureGrid(caption: "", rows: rows)),
      ])
  }

  /// The test images of the run's data set by id; none where the data set is not here.
  private func originals(of ids: [UInt64]) -> [UInt64: Image] {
    guard let json = run.settings.json["data"],
      let data = try? StageConfiguration.decode(json, as: DataSettings.self, path: run.path),
      let images = try? data.catalogue(.test)
    else { return [:] }
    let wanted = Set(ids)
    var originals = [UInt64: Image]()
    for (index, id) in images.sampleIDs.enumerated() where wanted.contains(id) {
      originals[id] = try? images.load(index..<index + 1).images.first
    }
    return originals
  }
}
