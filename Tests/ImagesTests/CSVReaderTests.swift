import Files
import Foundation
import Images
import Testing

@Suite struct CSVReaderTests {
  private func records(_ text: String, limit: Int = 1000) throws -> [CSVReader.Record] {
    let folder = try TemporaryFolder()
    var reader = try CSVReader(try folder.write(Array(text.utf8), to: "t.csv"), limit: limit)
    var records = [CSVReader.Record]()
    while let record = try reader.next() { records.append(record) }
    return records
  }

  private func fields(_ text: String) throws -> [[String]] {
    try records(text).map { $0.fields.map { String(decoding: $0, as: UTF8.self) } }
  }

  /// What Python's csv module reads of the same texts.
  @Test(arguments: [
    ("a,b\n1,2\n", [["a", "b"], ["1", "2"]]), ("a,b\r\n1,2", [["a", "b"], ["1", "2"]]),
    ("\"a\",\"b,c\"\n", [["a", "b,c"]]), ("\"a\"\"b\",\"\"\n", [["a\"b", ""]]),
    ("\"a\r\nb\",c\r\n", [["a\r\nb", "c"]]), (",\n", [["", ""]]), ("a,\n", [["a", ""]]),
    ("a \"b\" c,d\n", [["a \"b\" c", "d"]]), ("é,\"ü\"\n", [["é", "ü"]]), ("a\"\n", [["a\""]]),
    ("\"\"\"\"\n", [["\""]]), ("\"a\",\"b\"\r\n", [["a", "b"]]), ("a\n\n\nb\n", [["a"], ["b"]]),
  ])
  func `fields are parted as RFC 4180 says`(text: String, expected: [[String]]) throws {
    #expect(try fields(text) == expected)
  }

  @Test func `records know the line that they begin in`() throws {
    #expect(try records("a\n\"b\nc\nd\",e\nf\n").map(\.line) == [1, 2, 5])
    #expect(try records("").isEmpty)
  }

  @Test func `a file is read across the edges of its pieces`() throws {
    let rows = (0..<30_000).map { "\($0),\"x,\"\"\($0)\"\"\"" }
    let read = try fields(rows.joined(separator: "\n"))
    #expect(read.count == rows.count)
    #expect(read.enumerated().allSatisfy { $1 == ["\($0)", "x,\"\($0)\""] })
  }

  @Test func `a record has a limit`() throws {
    let row = String(repeating: "x", count: 9) + "\n"
    #expect(try records(row + row, limit: 10).count == 2)
    #expect(throws: (any Error).self) { try records(row + "y" + row, limit: 10) }
    #expect(throws: (any Error).self) { try records("\"" + row + row, limit: 10) }
  }
}
