import Images

/// Small images in labelled rows, such as samples by class with an order map beside each.
public struct FigureGrid: Sendable {
  /// One picture and the words that stand for it where it cannot be seen.
  public struct Panel: Sendable {
    public let image: Image
    public let description: String

    public init(_ image: Image, _ description: String) {
      self.image = image
      self.description = description
    }
  }

  /// Panels that belong together, side by side, with an optional caption.
  public struct Item: Sendable {
    public let panels: [Panel]
    public let caption: String

    public init(_ panels: [Panel], caption: String = "") {
      self.panels = panels
      self.caption = caption
    }
  }

  public struct Row: Sendable {
    public let label: String
    public let items: [Item]

    public init(_ label: String = "", items: [Item]) {
      self.label = label
      self.items = items
    }
  }

  public let caption: String
  public let rows: [Row]
  /// The width of each panel on the page, in CSS pixels.
  public let panelWidth: Int

  /// Panels are so wide that the first image can be seen; images are enlarged with hard edges.
  public init(caption: String, rows: [Row]) {
    self.caption = caption
    self.rows = rows
    panelWidth = Self.panelWidth(
      showing: rows.lazy.flatMap(\.items).flatMap(\.panels).first?.image.width ?? Self.leastWidth)
  }

  private static let leastWidth = 96
  private static let mostWidth = 128

  /// The least multiple of an image's width that is 96 or more, for pixels of one size; at most 128 for larger images.
  /// Narrow screens show three quarters of it, a multiple still where it was four times the image.
  package static func panelWidth(showing width: Int) -> Int {
    let factor = (leastWidth + width - 1) / max(width, 1)
    return factor > 1 ? factor * width : min(width, mostWidth)
  }

  /// - Throws: `ImageError` when an image cannot be encoded.
  func html() throws -> String {
    var lines = ["<figure class=\"images\" style=\"--width:\(panelWidth)px\">"]
    if !caption.isEmpty { lines.append("<figcaption>\(Markup.prose(caption))</figcaption>") }
    for row in rows {
      lines.append("<div class=\"row\">")
      if !row.label.isEmpty { lines.append("<p class=\"row-label\">\(Markup.prose(row.label))</p>") }
      lines.append("<div class=\"items\">")
      for item in row.items {
        let panels = try item.panels.map { try Self.tag($0) }.joined()
        let caption = item.caption.isEmpty ? "" : "<span>\(Markup.prose(item.caption))</span>"
        lines.append("<div class=\"item\"><div class=\"panels\">\(panels)</div>\(caption)</div>")
      }
      lines += ["</div>", "</div>"]
    }
    lines += ["</figure>", ""]
    return lines.joined(separator: "\n")
  }

  static func tag(_ panel: Panel) throws -> String {
    let image = panel.image
    return "<img src=\"\(try PNG.dataURI(image))\" width=\"\(image.width)\" height=\"\(image.height)\" "
      + "alt=\"\(Markup.escape(panel.description))\">"
  }
}
