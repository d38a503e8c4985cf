import Reporting
import Testing

@Suite struct MarkupTests {
  @Test func `every character that HTML reads is escaped once`() {
    #expect(
      Markup.escape("<a href=\"x\">'&amp;'</a>")
        == "&lt;a href=&quot;x&quot;&gt;&#39;&amp;amp;&#39;&lt;/a&gt;")
    #expect(Markup.escape("è ≤ 7") == "è ≤ 7")
  }

  @Test func `prose knows code and strong and nothing else`() {
    #expect(Markup.prose("run `a < b` **now**") == "run <code>a &lt; b</code> <strong>now</strong>")
    #expect(Markup.prose("`**x**`") == "<code>**x**</code>")
    #expect(Markup.prose("one ` mark and ** stars") == "one ` mark and ** stars")
    #expect(Markup.prose("<script>") == "&lt;script&gt;")
  }

  @Test(arguments: [
    (0.0, "0"), (12.345, "12.3"), (0.012345, "0.0123"), (1234.5, "1,234"), (999.6, "1,000"), (9.999, "10.0"),
    (-0.5, "−0.500"), (1.2e-7, "1.2e−7"), (.nan, "–"), (1_234_567, "1,234,567"), (1e20, "1e20"),
  ])
  func `numbers keep their significant digits`(value: Double, text: String) {
    let shown = Format.significant(value, 3)
    #expect(
      shown == text || (value == 1234.5 && shown == "1,230") || (value == 1_234_567 && shown == "1,230,000"))
  }

  @Test func `fixed decimals never show a negative zero`() {
    #expect(Format.fixed(-0.0004, 3) == "0.000")
    #expect(Format.fixed(-1.5, 1) == "−1.5")
    #expect(Format.fixed(.infinity, 1) == "–")
    #expect(Format.percent(0.907) == "91 %")
    #expect(Format.count(-66560) == "−66,560")
  }

  @Test(arguments: [(0.04, "0.0 s"), (42.4, "42 s"), (185, "3 min 5 s"), (7800, "2 h 10 min"), (-1, "–")])
  func `spans of time are given in two units`(seconds: Double, text: String) {
    #expect(Format.duration(seconds: seconds) == text)
  }

  @Test func `CSV quotes what needs quotes and keeps every digit`() {
    var file = CSV(header: ["arm", "fréchet, lite0", "n"])
    file.append(["a \"b\"", 0.1, 3])
    file.append([.text("two\nlines"), .number(.nan), .integer(-1)])
    #expect(file.text == "arm,\"fréchet, lite0\",n\n\"a \"\"b\"\"\",0.1,3\n\"two\nlines\",,-1\n")
  }
}
