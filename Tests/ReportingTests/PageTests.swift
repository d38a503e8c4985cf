import Foundation
import Images
import Reporting
import Testing

@Suite struct PageTests {
  private let dot = Image(width: 2, height: 2, channels: 1, pixels: [0, 80, 160, 255])

  private func page(_ text: String = "text") -> Page {
    let table = Table(
      caption: "Caption \(text)", columns: [.init("Arm", isText: true), .init("FD", hint: text)],
      rows: [
        .init(
          [Table.Cell(text), .number(0.25, spread: 0.01, decimals: 2, isBest: true)], style: .highlighted),
        .init(["floor", .number(.nan, decimals: 2)], style: .muted, opensGroup: true),
      ], notes: [text])
    let grid = FigureGrid(
      caption: text, rows: [.init(text, items: [.init([.init(dot, text), .init(dot, text)], caption: text)])])
    let line = LineChart(
      title: text, xLabel: text, yLabel: text,
      series: [.init(text, points: [(0, 1), (1, 2)]), .init("b", points: [(0, 2)], isDashed: true)],
      references: [.init(text, value: 1)])
    let bar = BarChart(title: text, valueLabel: text, bars: [.init(text, value: 1, spread: 0.5)])
    let blocks: [Block] = [
      .subheading(text), .paragraph(text), .list([text, text]), .note(text), .warning(text),
      .cautions(title: text, [text]),
      .verdict(text, [text, text]), .table(table),
      .figures(grid),
      .pictures(
        PictureTable(
          caption: text, corner: text, columns: [text, "2"],
          rows: [.init(text, panels: [.init(dot, text), nil])])),
      .charts([.line(line), .bar(bar)]), .orderLegend(steps: 49),
      .definitions([.init(text, text)]), .code(text, caption: text),
      .details(summary: text, [.paragraph(text)]),
    ]
    return Page(
      title: text, eyebrow: text, lead: text,
      opening: [.keyFigures([.init(text, spread: text, text, remark: text, isHighlighted: true)])],
      sections: [.init("Samples", blocks), .init("Samples", []), .init(text, [])], footer: text)
  }

  @Test func `a page with every block is well-formed`() throws {
    #expect(XMLCheck(try page().html()).problem == nil)
    let bare = Page(title: "t", sections: [])
    #expect(XMLCheck(try bare.html()).problem == nil)
  }

  @Test func `no text reaches the page unescaped`() throws {
    let hostile = "<script>alert(\"1\")</script>'&"
    let html = try page(hostile).html()
    #expect(XMLCheck(html).problem == nil)
    #expect(!html.contains("<script"))
    #expect(html.contains("&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;&#39;&amp;"))
  }

  @Test func `a page asks nothing of the network and runs nothing`() throws {
    let html = try page().html()
    #expect(html.contains("default-src 'none'; img-src data:; style-src 'unsafe-inline'"))
    let links = html.components(separatedBy: "http").dropFirst()
    #expect(links.allSatisfy { $0.hasPrefix("-equiv") || $0.hasPrefix("://www.w3.org/2000/svg\"") })
    #expect(!html.contains("<script") && !html.contains("<link") && !html.contains("url("))
  }

  @Test func `equal content gives equal bytes`() throws {
    #expect(try page().html() == page().html())
  }

  @Test func `sections of one name have anchors of their own`() throws {
    let html = try page().html()
    for anchor in ["samples", "samples-2", "text"] {
      #expect(html.contains("<section id=\"\(anchor)\">") && html.contains("href=\"#\(anchor)\""))
    }
  }

  @Test func `images are inside the page as PNG`() throws {
    let html = try page().html()
    let start = try #require(html.range(of: "data:image/png;base64,"))
    let text = String(html[start.upperBound...].prefix { $0 != "\"" })
    let data = try #require(Data(base64Encoded: text))
    #expect(try PNG.decode([UInt8](data), path: "page").image == dot)
    #expect(html.contains("alt=\"text\""))
  }

  @Test func `colours follow the reader's preference`() throws {
    let html = try page().html()
    #expect(html.contains("<meta name=\"color-scheme\" content=\"light dark\">"))
    #expect(html.contains("@media (prefers-color-scheme: dark)"))
    #expect(html.contains("image-rendering: pixelated") && html.contains("overflow-x: auto"))
  }

  @Test func `only pages with tables of pictures have rules for them`() throws {
    let table = PictureTable(
      caption: "Caption", corner: "steps", columns: ["1", "2"],
      rows: [.init("a dress", panels: [.init(dot, "first"), .init(dot, "second")])])
    let html = try Page(title: "t", sections: [.init("a", [.details(summary: "s", [.pictures(table)])])])
      .html()
    #expect(html.contains(".pictures img") && html.contains("<td><img src=\"data:image/png"))
    // Twenty-eight times as wide as a picture of two pixels, in a box that scrolls by itself.
    #expect(html.contains("style=\"--width:56px\"") && html.contains("<div class=\"scroll\" role=\"region\""))
    #expect(try !Page(title: "t", sections: [.init("a", [.paragraph("b")])]).html().contains(".pictures"))
  }

  @Test func `writing where a folder cannot be made fails with a sentence`() {
    let error = #expect(throws: ImageError.self) { try page().write(to: "/dev/null/report.html") }
    #expect(error?.description.hasPrefix("/dev/null/report.html cannot be written: ") == true)
  }
}
