import ArgumentParser
import Files
import Foundation
import Shards

/// `shard cat`: the numbers, as JSON for jq and friends.
struct Cat: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Print records as JSON, one a line.",
    discussion: """
      A record is an object of its columns; of weights, each tensor is a line with name, shape and values. Captions \
      are text.

      EXAMPLES:
        shard cat --header work/fashion-mini/anyorder/model.shard | jq .provenance
        shard cat --column order --from 10 --count 2 work/fashion-mini/orders/orders-00000-of-00008.shard
        shard cat --column norm.weight work/fashion-mini/anyorder/model.shard
      """)

  @Argument(help: "A shard file.") var path: String
  @Flag(help: "Print the header instead.") var header = false
  @Option(help: "Print this column only; may be repeated.") var column: [String] = []
  @Option(help: "First record to print.") var from = 0
  @Option(help: "How many records to print (default: all).") var count: Int?

  func validate() throws {
    if from < 0 || (count ?? 0) < 0 { throw ValidationError("--from and --count must not be negative.") }
  }

  func run() throws {
    try runWorkbench {
      if header { return print(try ShardHeader.peek(path).json.prettyText) }
      let shard = try Shard(reading: path)
      let columns = try chosen(of: shard)
      if shard.header.kind == .weights {
        for (column, values) in columns {
          let text = (0..<values.count).map(values.text).joined(separator: ",")
          let shape = column.shape.map(String.init).joined(separator: ",")
          print(#"{"name":\#(JSONValue.string(column.name).text),"shape":[\#(shape)],"values":[\#(text)]}"#)
        }
        return
      }
      let records = shard.header.records
      let textColumn = Self.textColumns[shard.header.kind]
      let first = min(from, records)
      for record in first..<(first + min(count ?? records, records - first)) {
        let members = columns.map { column, values -> String in
          let isText = column.name == textColumn
          return "\(JSONValue.string(column.name).text):\(Self.text(column, values, record, isText: isText))"
        }
        print("{" + members.joined(separator: ",") + "}")
      }
    }
  }

  private func chosen(of shard: Shard) throws -> [(ShardColumn, ColumnValues)] {
    let names = shard.header.columns.map(\.name)
    if let unknown = column.first(where: { !names.contains($0) }) {
      let some = names.prefix(12).joined(separator: ", ") + (names.count > 12 ? ", …" : "")
      throw ValidationError("\(path) has no column '\(unknown)'; it has \(some).")
    }
    return shard.header.columns.filter { column.isEmpty || column.contains($0.name) }.map {
      ($0, shard.values(of: $0))
    }
  }

  /// Columns that hold text in UTF-8, with zeros behind it.
  private static let textColumns: [ShardKind: String] = [
    .texts: "text", .textTokenizer: "json", .progress: "text",
  ]

  /// One record's entry: a number, an array nested like the column's shape, or text.
  private static func text(
    _ column: ShardColumn, _ values: ColumnValues, _ record: Int, isText: Bool
  ) -> String {
    let size = column.shape.reduce(1, *)
    if isText, case .u8(let bytes) = values {
      let padded = bytes[record * size..<(record + 1) * size]
      let end = padded.lastIndex { $0 != 0 }.map { $0 + 1 } ?? padded.startIndex
      return JSONValue.string(String(decoding: padded[..<end], as: UTF8.self)).text
    }
    func nested(_ shape: ArraySlice<Int>, _ start: Int) -> String {
      guard let extent = shape.first else { return values.text(start) }
      let stride = shape.dropFirst().reduce(1, *)
      return "[" + (0..<extent).map { nested(shape.dropFirst(), start + $0 * stride) }.joined(separator: ",")
        + "]"
    }
    return nested(column.shape[...], record * size)
  }
}
