import Files
import Testing

/// Records to JSON and back without a change of a byte.
struct JSONRecordTests {
  private struct Inner: Codable, Equatable {
    var word: String
    var numbers: [Double?]
  }

  private struct Record: Codable, Equatable {
    var whole = 5
    var real = 5.0
    var seed = UInt64.max
    var flag = true
    var absent: Int?
    @WrittenAsNull var written: Double?
    var byName = ["b": Inner(word: "ü\n", numbers: [1, nil, 0.1]), "a": Inner(word: "", numbers: [])]
    var free: JSONValue = ["kept": 2.0, "whole": 2]
    var negative: Int8 = -3
  }

  private static let text =
    #"{"byName":{"a":{"numbers":[],"word":""},"b":{"numbers":[1.0,null,0.1],"word":"ü\n"}},"flag":true,"#
    + #""free":{"kept":2.0,"whole":2},"negative":-3,"real":5.0,"seed":18446744073709551615,"whole":5,"written":null}"#

  @Test func `numbers keep their kind, and absence is written where it shall be`() throws {
    #expect(try JSONValue(record: Record()).text == Self.text)
  }

  @Test func `a record is read back as it was written`() throws {
    let read: Record = try JSONValue(parsing: Self.text).record()
    #expect(read == Record())
    #expect(try JSONValue(record: read).text == Self.text)
    let given: Record = try JSONValue(record: Record(absent: 1, written: 2)).record()
    #expect(given.absent == 1 && given.written == 2)
  }

  @Test func `a missing key reads as absent, and further keys are ignored`() throws {
    var members = try #require(try JSONValue(record: Record()).object)
    members["written"] = nil
    members["other"] = 1
    let read: Record = try JSONValue.object(members).record()
    #expect(read.written == nil && read.real == 5)
  }

  @Test(
    arguments: [
      ("whole", JSONValue.string("5"), "'whole' is not a whole number"),
      ("whole", 5.5, "'whole' is not a whole number"),
      ("flag", .null, "'flag' is null, expected true or false"), ("byName", [1], "'byName' is not an object"),
      ("seed", -1, "'seed' is not a whole number"), ("negative", 300, "'negative' is not a whole number"),
    ] as [(String, JSONValue, String)])
  func `what does not fit is named`(_ key: String, _ value: JSONValue, _ sentence: String) throws {
    var members = try #require(try JSONValue(record: Record()).object)
    members[key] = value
    let failure = #expect(throws: JSONDecodingFailure.self) {
      try JSONValue.object(members).record(Record.self)
    }
    #expect(failure?.description == sentence)
    members[key] = nil
    let missing = #expect(throws: JSONDecodingFailure.self) {
      try JSONValue.object(members).record(Record.self)
    }
    #expect(missing?.description == "'\(key)' is missing")
  }
}
