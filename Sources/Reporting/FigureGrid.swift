import Foundation
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
  /// The width of each panel on the page, in CSS pixels; images are enlarged with hard edges.
  public let panelWidth: Int

  public init(caption: String, rows: [Row], panelWidth: Int = 56) {
    self.caption = caption
    self.rows = rows
    self.panelWidth = panelWidth
  }

  /// - Throws: `ImageError` when an image cannot be encoded.
  func html() throws -> String {
    var lines = ["<figure class=\"images\" style=\"--panel:\(panelWidth)px\">"]
    if !caption.isEmpty { lines.append("<figcaption>\(Markup.prose(caption))</figcaption>") }
    let isLabelled = rows.contains { !$0.label.isEmpty }
    for row in rows {
      lines.append("<div class=\"row\(isLabelled ? " labelled" : "")\">")
      if isLabelled { lines.append("<p class=\"row-label\">\(Markup.prose(row.label))</p>") }
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
    return "<img src=\"\(try dataURI(image))\" width=\"\(image.width)\" height=\"\(image.height)\" "
      + "alt=\"\(Markup.escape(panel.description))\">"
  }

  /// The image as a PNG inside a URI.
  static func dataURI(_ image: Image) throws -> String {
    "data:image/png;base64," + Data(try PNG.encode(image)).base64EncodedString()
  }
}
