import Foundation
import Reporting
import Testing

/// The numbers of a path or a list of attributes, in order.
private func numbers(_ text: Substring) -> [Double] {
  text.split { !($0.isNumber || $0 == "." || $0 == "-") }.compactMap { Double($0) }
}

@Suite struct ChartTests {
  private func chart(_ points: [(x: Double, y: Double)], logarithmic: Bool = false) -> String {
    LineChart(
      title: "Loss & more", xLabel: "step", yLabel: "bits", series: [.init("a<b", points: points)],
      hasLogarithmicY: logarithmic
    ).svg()
  }

  private func path(_ svg: String, class name: String) throws -> Substring {
    let element = try #require(svg.split(separator: "\n").first { $0.contains("class=\"\(name)\"") })
    let start = try #require(element.range(of: " d=\""))
    return element[start.upperBound...].prefix { $0 != "\"" }
  }

  @Test func `a chart is well-formed and says what it shows`() throws {
    let svg = chart([(1, 2), (2, 1)])
    let parser = XMLCheck(svg)
    #expect(parser.problem == nil)
    #expect(svg.contains("role=\"img\" aria-label=\"Loss &amp; more. bits over step: a&lt;b.\""))
    #expect(svg.contains("<title>Loss &amp; more."))
  }

  @Test func `points lie where the axes say`() throws {
    // The axis of 0...10 has round ends, so its ends are the frame's.
    let found = numbers(try path(chart([(0, 0), (5, 5), (10, 10)]), class: "line"))
    #expect(found.count == 6)
    #expect(abs(found[2] - (found[0] + found[4]) / 2) < 0.02)
    #expect(abs(found[3] - (found[1] + found[5]) / 2) < 0.02)
    #expect(found[1] == 248 && found[5] == 30)
  }

  @Test func `a logarithmic axis spaces decades evenly`() throws {
    let found = numbers(try path(chart([(0, 1), (1, 10), (2, 100)], logarithmic: true), class: "line"))
    #expect(abs((found[1] - found[3]) - (found[3] - found[5])) < 0.02)
  }

  @Test func `missing values break the line`() throws {
    let broken = try path(chart([(0, 1), (1, .nan), (2, 3), (3, 4)]), class: "line")
    #expect(broken.filter { $0 == "M" }.count == 2)
    #expect(broken.filter { $0 == "L" }.count == 1)
    let negative = try path(chart([(0, 1), (1, -1), (2, 3)], logarithmic: true), class: "line")
    #expect(negative.filter { $0 == "M" }.count == 2)
  }

  @Test(arguments: [
    [], [5.0], [0, 0, 0], [.nan, .infinity], [1e-30, 1e30], [-1e-9, 1e-9], [1e9, 1e9 + 1],
  ])
  func `no set of values breaks a chart`(values: [Double]) {
    let points = values.enumerated().map { (x: Double($0), y: $1) }
    for logarithmic in [false, true] {
      let svg = chart(points, logarithmic: logarithmic)
      #expect(XMLCheck(svg).problem == nil)
      #expect(!svg.contains("nan") && !svg.contains("inf"))
      #expect(svg.contains("class=\"tick\""))
    }
  }

  @Test func `long lines are drawn as a mean on a band of their range`() throws {
    let points = (0..<4800).map { (x: Double($0), y: $0 % 2 == 0 ? 0.0 : 10.0) }
    let svg = chart(points)
    let line = numbers(try path(svg, class: "line"))
    #expect(line.count == 320)
    for y in stride(from: 1, to: line.count, by: 2) { #expect(line[y] == 139) }
    let band = numbers(try path(svg, class: "band"))
    #expect(Set(stride(from: 1, to: band.count, by: 2).map { band[$0] }) == [30, 248])
    #expect(svg.utf8.count < 20_000)
  }

  @Test func `ticks are round numbers inside the frame`() {
    let svg = chart([(0, 0.013), (900, 0.087)])
    for label in [">0.00<", ">0.02<", ">0.08<", ">0.10<", ">200<", ">800<"] { #expect(svg.contains(label)) }
  }

  @Test func `bars are proportional and carry whiskers and values`() throws {
    let svg = BarChart(
      title: "t", valueLabel: "v",
      bars: [
        .init("one", value: 1, spread: 0.1), .init("two & a half", value: 2.5, isHighlighted: true),
        .init("none", value: .nan),
      ],
      reference: .init("floor", value: 0.5)
    ).svg()
    #expect(XMLCheck(svg).problem == nil)
    let widths = svg.split(separator: "\n").filter { $0.hasPrefix("<rect") }.compactMap { element in
      element.range(of: "width=\"").map { numbers(element[$0.upperBound...].prefix { $0 != "\"" })[0] }
    }
    #expect(widths.count == 2 && abs(widths[1] / widths[0] - 2.5) < 0.01)
    #expect(svg.split(separator: "\n").count { $0.contains("class=\"whisker\"") } == 1)
    #expect(svg.contains("class=\"bar highlighted\"") && svg.contains("class=\"reference\""))
    #expect(svg.contains("one 1.00 ± 0.10; two &amp; a half 2.50; none –"))
  }

  @Test func `a whisker reaches as far down as up`() throws {
    let svg = BarChart(title: "t", valueLabel: "v", bars: [.init("one", value: 2, spread: 0.5)]).svg()
    let bar = try #require(svg.split(separator: "\n").first { $0.hasPrefix("<rect") })
    let size = try ["x", "width"].map { name in
      let start = try #require(bar.range(of: " \(name)=\"")).upperBound
      return numbers(bar[start...].prefix { $0 != "\"" })[0]
    }
    // M low, y H high: a quarter of the bar's length to each side of its end.
    let whisker = numbers(try path(svg, class: "whisker"))
    #expect(abs(whisker[0] - (size[0] + 0.75 * size[1])) < 0.02)
    #expect(abs(whisker[2] - (size[0] + 1.25 * size[1])) < 0.02)
  }

  @Test func `a long name of a bar stands on two lines and whole in the description`() {
    let name = "distilled · greedy, any-order teacher"
    let svg = BarChart(title: "t", valueLabel: "v", bars: [.init(name, value: 1), .init("short", value: 2)])
      .svg()
    #expect(svg.contains(">distilled · greedy,</text>") && svg.contains(">any-order teacher</text>"))
    #expect(svg.contains(">short</text>") && svg.contains("\(name) 1.00; short 2.00"))
    #expect(XMLCheck(svg).problem == nil)
  }

  @Test func `ticks stand where they are asked for and end the axis`() throws {
    let svg = LineChart(
      title: "t", xLabel: "tokens", yLabel: "y", series: [.init("a", points: [(16, 1), (256, 2)])],
      hasLogarithmicX: true, xTicks: [16, 64, 256]
    ).svg()
    let found = numbers(try path(svg, class: "line"))
    let ticks = svg.split(separator: "\n").filter { $0.contains("dy=\"17\"") }
    #expect(ticks.count == 3 && ticks[1].contains(">64<"))
    let middle = try #require(ticks[1].firstRange(of: "x=\"")).upperBound
    #expect(abs((Double(ticks[1][middle...].prefix { $0 != "\"" }) ?? 0) - (found[0] + found[2]) / 2) < 0.02)
  }

  @Test func `a sheet of charts stands alone and has one legend`() {
    let chart = LineChart(
      title: "One & two", xLabel: "x", yLabel: "y",
      series: [.init("a<b", points: [(1, 2), (2, 1)]), .init("c", points: [(1, 1)], colour: 4)])
    let svg = ChartSheet(title: "Sheet", charts: [chart, chart, chart]).svg()
    #expect(XMLCheck(svg).problem == nil)
    #expect(svg.hasPrefix("<svg xmlns=\"http://www.w3.org/2000/svg\""))
    #expect(svg.contains("--series-1:"), "colours are inside the file")
    #expect(svg.contains("stroke:var(--series-5,currentColor)"))
    #expect(svg.split(separator: "\n").count { $0.contains(">a&lt;b</text>") } == 1)
    #expect(svg.split(separator: "\n").count { $0.contains(">One &amp; two</text>") } == 3)
  }
}
