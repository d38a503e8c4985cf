import Foundation
import Shards

/// What differs between two shards.
struct ShardDifference {
  /// A line for each difference.
  private(set) var text: [String] = []
  /// Whether the numbers or their meaning differ, not just where they came from.
  private(set) var counts = false

  /// Compares two files. Throws `ShardError` if one of them is bad.
  init(_ left: String, _ right: String, tolerance: Double) throws {
    let (one, other) = (try Shard(reading: left), try Shard(reading: right))
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
      let counted = counts
      compare("provenance", before, after)
      counts = counted
    }
  }

  private mutating func add(_ name: String, _ before: JSONValue?, _ after: JSONValue?) {
    func short(_ value: JSONValue?) -> String { value.map { String($0.text.prefix(72)) } ?? "absent" }
    text.append("\(name): \(short(before)) -> \(short(after))")
    counts = true
  }

  private mutating func compare(_ name: String, _ before: JSONValue?, _ after: JSONValue?) {
    guard before != after else { return }
    guard let left = before?.object, let right = after?.object else { return add(name, before, after) }
    for key in Set(left.keys).union(right.keys).sorted() { compare("\(name).\(key)", left[key], right[key]) }
  }

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
      guard column.type == counterpart.type, column.shape == counterpart.shape,
        column.bytes == counterpart.bytes
      else {
        add(
          name, .string("\(column.type.rawValue)\(column.shape)"),
          .string("\(counterpart.type.rawValue)\(counterpart.shape)"))
        continue
      }
      let (left, right) = (one.values(of: column), other.values(of: counterpart))
      if left != right { compareElements(name, column, left, right, tolerance) }
    }
  }

  private mutating func compareElements(
    _ name: String, _ column: ShardColumn, _ left: ColumnValues, _ right: ColumnValues, _ tolerance: Double
  ) {
    var different = 0
    var first: Int?
    var largest = 0.0
    let (before, after) = (left.doubles, right.doubles)
    for index in before.indices {
      let distance = abs(before[index] - after[index])
      let equal = before[index] == after[index] || (before[index].isNaN && after[index].isNaN)
      if equal || distance <= tolerance { continue }
      different += 1
      first = first ?? index
      largest = max(largest, distance)
    }
    guard let first else { return }
    let size = max(column.shape.reduce(1, *), 1)
    text.append(
      "\(name): \(grouped(different)) of \(grouped(before.count)) elements differ, by up to "
        + String(format: "%.4g", largest) + ", first in record \(first / size) at element \(first % size): "
        + "\(left.text(first)) -> \(right.text(first))")
    counts = true
  }
}

extension ColumnValues {
  /// The elements in double precision, in which 64-bit identifiers above 2^53 are rounded.
  fileprivate var doubles: [Double] {
    if case .u64(let values) = self { return values.map(Double.init) }
    if case .u32(let values) = self { return values.map(Double.init) }
    if case .i32(let values) = self { return values.map(Double.init) }
    return floats.map(Double.init)
  }
}
