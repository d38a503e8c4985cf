import EngineKit
import Features
import Files
import Images
import Reporting
import Shards

/// What models drew while they learned: the same conditions with the same random numbers at every validation.
package struct ReportProgress {
  let run: RunFolder
  let titles: RunTitles
  /// The weights shard of the tokenizer, which another run may hold.
  let tokenizer: String

  /// Validations on the page, of which there may be thousands.
  private static let mostColumns = 12

  /// Nil where no model drew anything, or without the tokenizer.
  /// - Throws: `ShardError` for shards that cannot be read.
  func section() throws -> Page.Section? {
    let models = titles.sorted(models: RunFolder.names(run.path).filter { !folder(of: $0).shards.isEmpty })
    guard !models.isEmpty, exists(tokenizer) else { return nil }
    let decoder = try TokenDecoder(tokenizer)
    let tables = try models.compactMap { model in
      try pictures(of: model, by: decoder).map { (model: model, table: $0) }
    }
    guard let first = tables.first else { return nil }
    let blocks: [Block] = [
      .paragraph(
        "Each row is one condition, drawn at every validation with the same random order and the same random numbers, "
          + "unguided: what changes along a row is what the model has learned.")
    ]
    let shown = [Block.subheading(titles.title(ofModel: first.model)), .pictures(first.table)]
    let others = tables.dropFirst().map {
      Block.details(summary: titles.title(ofModel: $0.model), [.pictures($0.table)])
    }
    return Page.Section("While learning", blocks + shown + others)
  }

  private func folder(of model: String) -> ProgressFolder {
    ProgressFolder(beside: "\(run.path)/\(model)/model.shard")
  }

  /// The pictures of a model; nil for one of another tokenizer.
  private func pictures(of model: String, by decoder: TokenDecoder) throws -> PictureTable? {
    let shards = Self.chosen(folder(of: model).shards)
    let tables = try shards.map { try ProgressTable(reading: $0.path) }
    let sizes = decoder.file.tokenizer.configuration
    guard let last = tables.last,
      tables.allSatisfy({
        $0.codebook == decoder.file.contentID && $0.codebookSize == sizes.codes
          && $0.tokensPerImage == sizes.locations
      })
    else { return nil }
    // Images of all validations by the place of their condition.
    let images = tables.map { decoder.images(of: $0.tokens, 0..<$0.count) }
    let rows = (0..<last.count).map { record -> PictureTable.Row in
      let label = Self.label(of: record, in: last)
      return PictureTable.Row(
        label,
        panels: zip(tables, images).map { table, images in
          images.indices.contains(record)
            ? FigureGrid.Panel(images[record], "\(label) after \(table.step) steps") : nil
        })
    }
    return PictureTable(
      caption: "Drawn by “\(titles.title(ofModel: model))” after so many steps of its training",
      corner: "steps", columns: tables.map { Format.count($0.step) }, rows: rows)
  }

  /// The sentence or the class that an image is drawn from.
  private static func label(of record: Int, in table: ProgressTable) -> String {
    if let texts = table.texts { return texts.texts[record] }
    let label = Int(table.labels[record])
    return table.classNames.indices.contains(label) ? table.classNames[label] : "class \(label)"
  }

  /// As many of the elements as the page has columns, the first and the last among them, evenly spread.
  package static func chosen<Element>(_ all: [Element]) -> [Element] {
    guard all.count > mostColumns else { return all }
    return (0..<mostColumns).map { all[$0 * (all.count - 1) / (mostColumns - 1)] }
  }
}
