import Comparison
import Foundation
import Images
import Reporting
import Shards

/// Completed images: how far they are from untouched ones, and some of them with mask and order.
struct ReportEditing {
  let run: RunFolder
  let titles: RunTitles

  /// Images of each way on the page.
  private static let shown = 6

  func section() throws -> Page.Section? {
    let scores = try run.editing()?.record
    let found = try RunFolder.names("\(run.path)/editing").compactMap { name -> Cell? in
      guard let table = try RunFolder.firstSeed("\(run.path)/editing/\(name)") else { return nil }
      return table.edit.map { Cell(name: name, table: table, facts: (try? $0.facts.record()) ?? EditFacts()) }
    }
    let arms = titles.sorted(arms: Set(found.map(\.table.arm)))
    // By mask, then in the order of the arms.
    func rank(_ cell: Cell) -> (Double, Int, String) {
      (cell.fraction ?? 2, arms.firstIndex(of: cell.table.arm) ?? arms.count, cell.name)
    }
    let cells = found.sorted { rank($0) < rank($1) }
    guard !cells.isEmpty else { return nil }
    var blocks: [Block] = [
      .paragraph(
        "Test images of which a part was masked and drawn anew, given the rest. Each as it was, masked, completed, and "
          + "in the order in which it was completed, the first cell drawn yellow, the last violet, the known ones grey. Unselected."
      )
    ]
    if let table = scores.flatMap({ self.table($0, cells) }) { blocks.insert(.table(table), at: 0) }
    for (index, cell) in cells.enumerated() {
      let grid = Block.figures(
        FigureGrid(caption: "", rows: [FigureGrid.Row(items: items(cell.table))]))
      // One share of each arm is open, the others a click away.
      let isOpen = cell.fraction.map { $0 == 0.5 } ?? (index < 6)
      blocks += isOpen ? [.subheading(title(cell)), grid] : [.details(summary: title(cell), [grid])]
    }
    return Page.Section("Editing", blocks)
  }

  private struct Cell {
    let name: String
    let table: SampleTable
    let facts: EditFacts
    var fraction: Double? { facts.fraction }
  }

  private func title(_ cell: Cell) -> String {
    let task = cell.facts.task ?? "edit"
    let share =
      cell.fraction.map {
        ", \(Format.fixed(100 * $0, 0)) % masked" + (cell.facts.shape.map { " in a \($0)" } ?? "")
      } ?? ""
    return "\(task)\(share): \(titles.title(ofArm: cell.table.arm))"
  }

  private func items(_ table: SampleTable) -> [FigureGrid.Item] {
    (0..<min(Self.shown, table.count)).map { record in
      func image(_ pixels: ArraySlice<UInt8>) -> Image {
        Image(
          width: table.imageWidth, height: table.imageHeight, channels: table.imageChannels,
          pixels: Array(pixels))
      }
      let original = image(table.original(of: record))
      let order = OrderMap.render(
        order: table.order(of: record), known: table.known(of: record).count { $0 },
        gridHeight: table.gridHeight, gridWidth: table.gridWidth,
        cellSize: max(table.imageHeight / table.gridHeight, 1))
      let label = Int(table.labels[record])
      let name = label < table.classNames.count ? table.classNames[label] : "class \(label)"
      return FigureGrid.Item(
        [
          .init(original, "original"), .init(original.masked(table.mask(of: record)), "masked"),
          .init(image(table.image(of: record)), "completed as \(name)"), .init(order, "order of completion"),
        ], caption: name)
    }
  }

  private func table(_ scores: EditingRecord, _ cells: [Cell]) -> Table? {
    let (entries, floors) = (scores.edits, scores.floors)
    let layers = floors.map(\.layer)
    let rows = cells.compactMap { cell -> Table.Row? in
      guard let entry = entries.first(where: { $0.name == cell.name }) else { return nil }
      let distances = layers.flatMap { layer in
        [entry.decoded, entry.pasted].map { distances -> Table.Cell in
          let distance = distances.first { $0.layer == layer }
          return .number(distance?.mean ?? .nan, spread: distance?.standardError, decimals: 2)
        }
      }
      let isFirst = cell.name == cells.first { $0.fraction == cell.fraction }?.name
      return Table.Row(
        [
          Table.Cell(title(cell)), Table.Cell((try? entry.edit.record(EditFacts.self))?.knownOrder ?? "–"),
          .number(100 * entry.knownPixels.mean, decimals: 2),
        ] + distances, opensGroup: isFirst)
    }
    guard !rows.isEmpty else { return nil }
    let floor = Table.Row(
      [Table.Cell("floor: the same images, nothing masked"), "–", "–"]
        + layers.flatMap { layer -> [Table.Cell] in
          let value = floors.first { $0.layer == layer }?.value
          return [.number(value ?? .nan, decimals: 2), "–"]
        }, style: .muted, opensGroup: true)
    let seeds = entries.first?.seeds.count ?? 0
    return Table(
      caption: layers.isEmpty
        ? "Completed test images."
        : "Fréchet distance of \(Format.count(scores.counts.completed)) completed test images to reconstructions of "
          + "\(Format.count(scores.counts.others)) others"
          + (seeds == 1
            ? "; one seed drew masks and tokens."
            : "; mean ± standard error over \(seeds) seeds, which draw masks and tokens."),
      columns: [
        "completed by", Table.Column("known read", hint: "The order in which the model read what was known"),
        Table.Column("known kept, %", hint: "Pixels outside the mask that are exactly as they were"),
      ]
        + layers.flatMap { layer -> [Table.Column] in
          [
            Table.Column(
              "FD \(layer), decoded", hint: "All pixels as the decoder makes them; lower is better"),
            Table.Column("pasted", hint: "With the known pixels pasted, whose edges show"),
          ]
        },
      rows: rows + [floor])
  }
}

/// What is read of the facts that `sample` writes beside completed images; further ones depend on the task.
private struct EditFacts: Decodable {
  var task: String?
  /// The share of cells that were masked, where a share was asked for.
  var fraction: Double?
  /// Where they lie, unless each lies by itself.
  var shape: String?
  /// The order in which the model read what was known.
  var knownOrder: String?

  enum CodingKeys: String, CodingKey {
    case task
    case fraction = "mask_fraction"
    case shape = "mask_shape"
    case knownOrder = "known_order"
  }
}
