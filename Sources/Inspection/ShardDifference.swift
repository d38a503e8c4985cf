import Files
import Foundation
import Shards

/// What differs between two shards.
package struct ShardDifference {
  /// A line for each difference, and a summary at the end; empty if nothing differs.
  package private(set) var text: [String] = []
  /// Whether the numbers or their meaning differ, not just where they came from.
  package private(set) var counts = false
  /// Records that both shards have.
  package private(set) var records = 0
  /// Those of them in which a number differs, ascending.
  package private(set) var differentRecords: [Int] = []

  private let isWeights: Bool
  private var facts = 0
  private var factsOfOrigin = 0
  private var columns: [ColumnDifference] = []

  /// Compares two files. Throws `ShardError` if one of them is bad.
  package init(_ left: String, _ right: String, tolerance: Double) throws {
    let (one, other) = (try Shard(reading: left), try Shard(reading: right))
    isWeights = one.header.kind == .weights
    records = min(one.header.records, other.header.records)
    let facts: [(String, JSONValue, JSONValue)] = [
      ("kind", .string(one.header.kind.rawValue), .string(other.header.kind.rawValue)),
      ("schema", .integer(one.header.schema), .integer(other.header.schema)),
      (
        "shard", [.integer(one.header.shard), .integer(one.header.shards)],
        [.integer(other.header.shard), .integer(other.header.shards)]
      ),
      ("records", .integer(one.header.records), .integer(other.header.records)),
    ]
    for (name, before, after) in facts where before != after { add(name, before, after) }
    compare("extra", one.header.extra, other.header.extra)
    compareColumns(one, other, tolerance)
    let before = try JSONValue(encoding: one.header.provenance)
    let after = try JSONValue(encoding: other.header.provenance)
    if before != after {
      let (counted, known) = (counts, self.facts)
      compare("provenance", before, after)
      (factsOfOrigin, self.facts, counts) = (self.facts - known, known, counted)
    }
    differentRecords = Set(columns.flatMap(\.records)).sorted()
    if !text.isEmpty { text.append(summary) }
  }

  private mutating func add(_ name: String, _ before: JSONValue?, _ after: JSONValue?) {
    func short(_ value: JSONValue?) -> String { value.map { String($0.text.prefix(72)) } ?? "absent" }
    text.append("\(name): \(short(before)) -> \(short(after))")
    facts += 1
    counts = true
  }

  private mutating func compare(_ name: String, _ before: JSONValue?, _ after: JSONValue?) {
    guard before != after else { return }
    guard let left = before?.object, let right = after?.object else { return add(name, before, after) }
    for key in Set(left.keys).union(right.keys).sorted() { compare("\(name).\(key)", left[key], right[key]) }
  }

  /// Compares columns of one name; of shards with different numbers of records those that both have.
  private mutating func compareColumns(_ one: Shard, _ other: Shard, _ tolerance: Double) {
    let names = one.header.columns.map(\.name)
    for column in other.header.columns where !names.contains(column.name) {
      add("column '\(column.name)'", nil, "present")
    }
    for column in one.header.columns {
      guard let counterpart = other.header.columns.first(where: { $0.name == column.name }) else {
        add("column '\(column.name)'", "present", nil)
        continue
      }
      let name = "column '\(column.name)'"
      guard column.type == counterpart.type, column.shape == counterpart.shape else {
        add(
          name, .string("\(column.type.rawValue)\(column.shape)"),
          .string("\(counterpart.type.rawValue)\(counterpart.shape)"))
        continue
      }
      let (left, right) = (one.values(of: column), other.values(of: counterpart))
      let size = max(column.shape.reduce(1, *), 1)
      let difference = ColumnDifference(left, right, size: size, tolerance: tolerance)
      columns.append(difference)
      guard let first = difference.first else { continue }
      text.append(
        "\(name): \(difference.text), first in record \(first / size) at element \(first % size): "
          + "\(left.text(first)) -> \(right.text(first))")
      counts = true
    }
  }

  /// One line on the whole: how much differs, where, by how much.
  private var summary: String {
    var parts: [String] = []
    let different = columns.filter { $0.different > 0 }
    if different.isEmpty {
      if !columns.isEmpty { parts.append("all numbers that both have are the same") }
    } else {
      parts.append(
        isWeights
          ? "\(grouped(different.count)) of \(grouped(columns.count)) tensors differ"
          : "\(grouped(differentRecords.count)) of \(grouped(records)) records differ "
            + "(\(Self.ranges(differentRecords)))")
      let elements = columns.reduce(0) { $0 + $1.elements }
      let changed = different.reduce(0) { $0 + $1.different }
      parts.append("\(grouped(changed)) of \(grouped(elements)) numbers")
      let floating = columns.filter(\.isFloating)
      if floating.contains(where: { $0.different > 0 }) {
        let count = floating.reduce(0) { $0 + $1.elements }
        parts.append(
          String(
            format: "floating-point ones by up to %.4g, %.4g on average", floating.map(\.largest).max() ?? 0,
            floating.reduce(0) { $0 + $1.sum } / Double(max(count, 1))))
      }
    }
    if facts > 0 { parts.append("\(facts) \(facts == 1 ? "fact" : "facts") of the header") }
    if factsOfOrigin > 0 { parts.append("\(factsOfOrigin) of the provenance, which do not count") }
    return "summary: " + parts.joined(separator: "; ")
  }

  /// Ascending numbers as ranges, ten of them at most: `0-3, 7`.
  package static func ranges(_ numbers: [Int]) -> String {
    var ranges: [ClosedRange<Int>] = []
    for number in numbers {
      if let last = ranges.last, last.upperBound + 1 == number {
        ranges[ranges.count - 1] = last.lowerBound...number
      } else {
        ranges.append(number...number)
      }
    }
    let shown = ranges.prefix(10).map {
      $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)"
    }
    return shown.joined(separator: ", ") + (ranges.count > 10 ? ", …" : "")
  }
}
