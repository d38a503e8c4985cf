import Images

/// One offline HTML page without scripts: everything it shows is inside the file.
public struct Page: Sendable {
  /// A titled part of the page, linked from the contents.
  public struct Section: Sendable {
    public let title: String
    public let blocks: [Block]

    public init(_ title: String, _ blocks: [Block]) {
      self.title = title
      self.blocks = blocks
    }
  }

  public let title: String
  /// Small words above the title, such as the name of the run.
  public let eyebrow: String
  /// The first paragraph, set larger.
  public let lead: String
  /// Blocks between the lead and the first section.
  public let opening: [Block]
  public let sections: [Section]
  public let footer: String

  public init(
    title: String, eyebrow: String = "", lead: String = "", opening: [Block] = [], sections: [Section],
    footer: String = ""
  ) {
    self.title = title
    self.eyebrow = eyebrow
    self.lead = lead
    self.opening = opening
    self.sections = sections
    self.footer = footer
  }

  /// The page; equal content gives equal text.
  /// - Throws: `ImageError` when an image cannot be encoded.
  public func html() throws -> String {
    let anchors = self.anchors
    let contents = zip(sections, anchors)
      .map { "<li><a href=\"#\($1)\">\(Markup.prose($0.title))</a></li>" }
      .joined()
    let body = try zip(sections, anchors).map { section, anchor in
      let blocks = try section.blocks.map { try $0.html() }.joined()
      return "<section id=\"\(anchor)\">\n<h2>\(Markup.prose(section.title))</h2>\n\(blocks)</section>\n"
    }.joined()
    let above = eyebrow.isEmpty ? "" : "<p class=\"eyebrow\">\(Markup.prose(eyebrow))</p>\n"
    let below = lead.isEmpty ? "" : "\n<p class=\"lead\">\(Markup.prose(lead))</p>"
    return """
      \(Markup.opening(title: title, style: style))
      <body>
      <header class="top">
      \(above)<h1>\(Markup.prose(title))</h1>\(below)
      </header>
      <div class="layout">
      <nav aria-label="Contents"><ol>\(contents)</ol></nav>
      <main>
      \(try opening.map { try $0.html() }.joined())\(body)</main>
      </div>
      \(footer.isEmpty ? "" : "<footer>\(Markup.prose(footer))</footer>\n")</body>
      </html>

      """
  }

  /// Rules for what only some pages have are on these alone.
  private var style: String {
    let blocks = opening + sections.flatMap(\.blocks)
    return blocks.contains(where: \.hasPictureTables)
      ? "\(Stylesheet.text)\n\(PictureTable.style)" : Stylesheet.text
  }

  /// Writes the page, whole or not at all.
  /// - Throws: `ImageError` when an image cannot be encoded or the file cannot be written.
  public func write(to path: String) throws {
    try ImageFiles.write(Array(try html().utf8), to: path)
  }

  /// One anchor per section; equal titles are told apart by a number.
  private var anchors: [String] {
    var seen = [String: Int]()
    return sections.map { section in
      let anchor = Markup.anchor(section.title)
      let uses = seen[anchor, default: 0] + 1
      seen[anchor] = uses
      return uses == 1 ? anchor : "\(anchor)-\(uses)"
    }
  }
}
