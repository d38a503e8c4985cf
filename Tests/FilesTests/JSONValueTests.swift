import Files
import Testing

@Suite struct JSONValueTests {
  @Test func `text is canonical and reads back`() throws {
    let value: JSONValue = [
      "b": [1, -2, 0.1, 1e-7, 3.0, true, nil], "a": ["ü": "\u{1}\"\\\n/é\u{1F600}"], "é": [:], "Z": [],
      "n": JSONValue(UInt64.max), "m": .integer(.min),
    ]
    #expect(
      value.text == #"{"Z":[],"a":{"ü":"\u0001\"\\\n/é😀"},"b":[1,-2,0.1,1e-07,3.0,true,null],"#
        + #""m":-9223372036854775808,"n":18446744073709551615,"é":{}}"#)
    #expect(try JSONValue(parsing: value.text) == value)
    #expect(try JSONValue(parsing: value.prettyText) == value)
    #expect(JSONValue.number(.nan).text == "null")
  }

  @Test func `standard forms are understood`() throws {
    #expect(try JSONValue(parsing: " [1, 2.50, 1E+2, -0] ") == [1, 2.5, 100.0, 0])
    #expect(try JSONValue(parsing: #""\u00e9\ud83d\ude00\/\b\f\r\t""#) == "é😀/\u{08}\u{0c}\r\t")
  }

  @Test(arguments: [
    "", "{", "[1,]", "{\"a\":1,}", "{\"a\" 1}", "{a:1}", "01", "1.", ".5", "+1", "-", "1e", "tru", "nul",
    "'a'", "\"a",
    "\"\u{1}\"", "\"\\x\"", "\"\\u12\"", "\"\\ud800\"", "\"\\udc00\\ud800\"", "\"\\ud800\\u0041\"", "1 2",
    "[1 2]",
    "{\"a\":1,\"a\":2}", "1e999", "NaN", "//", String(repeating: "[", count: 100_000),
  ]) func `what is not strict JSON is refused`(text: String) {
    #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: text) }
  }

  @Test func `text that is not UTF-8 is refused`() {
    #expect(throws: JSONSyntaxError.self) { try JSONValue(parsing: [0x22, 0xff, 0x22]) }
  }

  @Test func `typed values pass through`() throws {
    struct Model: Codable, Equatable {
      var width: Int
      var rate: Double
      var seed: UInt64
      var names: [String]
    }
    let model = Model(width: 4, rate: 1e-3, seed: .max, names: ["a/b"])
    let value = try JSONValue(encoding: model)
    #expect(value["seed"]?.uint64 == .max && value["width"]?.int == 4 && value["rate"]?.double == 1e-3)
    #expect(try value.decode(Model.self) == model)
  }
}
