import Images

/// One element of a section. Texts may use `` `code` `` and `**strong**`; everything else is shown as it is.
public indirect enum Block: Sendable {
  case subheading(String)
  case paragraph(String)
  case list([String])
  /// A remark set apart from the text.
  case note(String)
  /// A remark the reader must not miss.
  case warning(String)
  /// Remarks the reader must not miss, under one title.
  case cautions(title: String, [String])
  /// The answer that the page gives: a few words set large, and the sentences that bear them out.
  case verdict(String, [String])
  /// Large numbers with what they mean.
  case keyFigures([KeyFigure])
  case table(Table)
  case figures(FigureGrid)
  case pictures(PictureTable)
  /// Charts side by side where there is room.
  case charts([Chart])
  /// The colour bar of order maps: from the first step (yellow) to the last of `steps` (violet).
  case orderLegend(steps: Int)
  /// Names and what they stand for.
  case definitions([Definition])
  /// Text in a fixed pitch, scrolled sideways rather than wrapped; the caption may be empty.
  case code(String, caption: String)
  /// Blocks that open when the summary is clicked.
  case details(summary: String, [Block])

  public enum Chart: Sendable {
    case line(LineChart)
    case bar(BarChart)

    func html() -> String {
      switch self {
      case .line(let chart): chart.html()
      case .bar(let chart): chart.html()
      }
    }
  }

  public struct KeyFigure: Sendable {
    public let value: String
    public let label: String
    /// Printed small after the value, such as ± 0.02.
    public let spread: String
    public let remark: String
    /// What the page is about.
    public let isHighlighted: Bool

    public init(
      _ value: String, spread: String = "", _ label: String, remark: String = "", isHighlighted: Bool = false
    ) {
      self.value = value
      self.spread = spread
      self.label = label
      self.remark = remark
      self.isHighlighted = isHighlighted
    }

    fileprivate var html: String {
      let tail = spread.isEmpty ? "" : " <small>\(Markup.prose(spread))</small>"
      let note = remark.isEmpty ? "" : "<dd class=\"remark\">\(Markup.prose(remark))</dd>"
      return "<div\(isHighlighted ? " class=\"highlighted\"" : "")><dt>\(Markup.prose(label))</dt>"
        + "<dd>\(Markup.prose(value))\(tail)</dd>\(note)</div>"
    }
  }

  public struct Definition: Sendable {
    public let name: String
    public let text: String

    public init(_ name: String, _ text: String) {
      self.name = name
      self.text = text
    }
  }

  /// Whether tables of pictures are in it.
  var hasPictureTables: Bool {
    switch self {
    case .pictures: true
    case .details(_, let blocks): blocks.contains(where: \.hasPictureTables)
    default: false
    }
  }

  /// - Throws: `ImageError` when an image cannot be encoded.
  func html() throws -> String {
    switch self {
    case .subheading(let text):
      return "<h3>\(Markup.prose(text))</h3>\n"
    case .paragraph(let text):
      return "<p>\(Markup.prose(text))</p>\n"
    case .list(let items):
      return "<ul>\(items.map { "<li>\(Markup.prose($0))</li>" }.joined())</ul>\n"
    case .note(let text):
      return "<p class=\"aside\" role=\"note\">\(Markup.prose(text))</p>\n"
    case .warning(let text):
      return "<p class=\"aside warning\" role=\"note\">\(Markup.prose(text))</p>\n"
    case .cautions(let title, let items):
      let list = items.map { "<li>\(Markup.prose($0))</li>" }.joined()
      return
        "<div class=\"aside warning\" role=\"note\"><p>\(Markup.prose(title))</p><ul>\(list)</ul></div>\n"
    case .verdict(let headline, let sentences):
      let rest = sentences.map { "<p>\(Markup.prose($0))</p>" }.joined()
      return "<div class=\"verdict\"><p class=\"headline\">\(Markup.prose(headline))</p>\(rest)</div>\n"
    case .keyFigures(let figures):
      let items = figures.map(\.html)
      return "<dl class=\"key-figures\">\(items.joined())</dl>\n"
    case .table(let table):
      return table.html()
    case .figures(let grid):
      return try grid.html()
    case .pictures(let table):
      return try table.html()
    case .charts(let charts):
      return "<div class=\"charts\">\n\(charts.map { $0.html() }.joined())</div>\n"
    case .orderLegend(let steps):
      let bar = try FigureGrid.tag(
        .init(OrderColours.bar(width: 64, height: 1), "colour bar from yellow, first, to violet, last"))
      let ends = ["<span>step 1</span>", "<span>step \(Format.count(steps))</span>"]
      return "<p class=\"order-legend\">\(ends[0])\(bar)\(ends[1])</p>\n"
    case .definitions(let entries):
      let items = entries.map { entry in
        "<div><dt>\(Markup.prose(entry.name))</dt><dd>\(Markup.prose(entry.text))</dd></div>"
      }
      return "<dl class=\"definitions\">\(items.joined())</dl>\n"
    case .code(let text, let caption):
      let label = caption.isEmpty ? "" : "<figcaption>\(Markup.prose(caption))</figcaption>"
      let listing = "<pre tabindex=\"0\"><code>\(Markup.escape(text))</code></pre>"
      return "<figure class=\"code\">\(label)\(listing)</figure>\n"
    case .details(let summary, let blocks):
      let content = try blocks.map { try $0.html() }.joined()
      return "<details><summary>\(Markup.prose(summary))</summary>\n\(content)</details>\n"
    }
  }
}
