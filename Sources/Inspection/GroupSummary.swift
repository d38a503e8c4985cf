import Files
import Foundation
import Shards
import StageKit

/// What `shard inspect` says about the shards of one split.
package struct GroupSummary {
  private let group: ShardGroup
  private let headers: [ShardHeader]
  private let bytes: Int
  private let facts: [(name: String, text: String, json: JSONValue)]
  private let orders: OrderSummary?
  private let tensors: [NamedTensor]

  /// Reads and verifies every file of the group. Throws `ShardError`.
  package init(_ group: ShardGroup) throws {
    self.group = group
    var reader = GroupReader()
    headers = try group.paths.map { try reader.add($0) }
    bytes = group.paths.reduce(0) { $0 + fileSize($1) }
    facts = reader.facts
    orders = reader.orders
    tensors = reader.tensors
  }

  /// Adds the group's part of a page.
  package func describe(on page: inout TextPage, everyTensor: Bool) {
    guard let header = headers.first else { return }
    page.heading(
      "\(group.name) · \(header.kind.rawValue) · "
        + (header.shards == 1 ? "one shard" : "\(headers.count) of \(header.shards) shards")
        + (header.kind == .weights ? "" : " · \(grouped(headers.reduce(0) { $0 + $1.records })) records")
        + " · \(HumanText.bytes(bytes))")
    if !group.missing.isEmpty { page.fact("missing", Self.few(group.missing)) }
    for fact in facts { page.fact(fact.name, fact.text) }
    orders?.describe(on: &page)
    if !tensors.isEmpty { describeTensors(on: &page, all: everyTensor) }
    let provenance = header.provenance
    page.fact("made by", "\(provenance.stage) (algorithm \(provenance.algorithm)), seed \(provenance.seed)")
    if !provenance.configID.isEmpty {
      page.fact("settings", short(provenance.configID) + (same(\.provenance.configID) ? "" : " and others"))
    }
    if let precision = provenance.precision { page.fact("precision", precision) }
    for (index, input) in provenance.inputs.enumerated() {
      let ids = Set(headers.map { $0.provenance.inputs.dropFirst(index).first?.contentID ?? "" })
      let text =
        ids.count == 1 ? "\(input.name)  \(short(input.contentID))" : "\(ids.count) different, one a shard"
      page.fact("from " + input.role, text)
    }
    page.fact("content", headers.count == 1 ? header.contentID : "\(short(header.contentID)) and so on")
  }

  private func describeTensors(on page: inout TextPage, all: Bool) {
    let shown = all ? tensors[...] : tensors.prefix(12)
    let widest = shown.map(\.name.count).max() ?? 0
    for tensor in shown {
      let root = tensor.withValues { values in
        (values.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(max(values.count, 1))).squareRoot()
      }
      let name = tensor.name.padding(toLength: widest, withPad: " ", startingAt: 0)
      page.line("    \(name)  rms \(String(format: "%-10.4g", root))  \(tensor.shape)")
    }
    if shown.count < tensors.count {
      page.line("    … and \(tensors.count - shown.count) more (--all shows them)")
    }
  }

  private func same<T: Equatable>(_ key: KeyPath<ShardHeader, T>) -> Bool {
    headers.allSatisfy { $0[keyPath: key] == headers[0][keyPath: key] }
  }

  private static func few(_ names: [String]) -> String {
    names.prefix(3).joined(separator: ", ") + (names.count > 3 ? " and \(names.count - 3) more" : "")
  }

  /// The same as JSON.
  package var json: JSONValue {
    var result: [String: JSONValue] = [
      "name": .string(group.name), "missing": .array(group.missing.map(JSONValue.string)),
      "bytes": .integer(bytes), "records": .integer(headers.reduce(0) { $0 + $1.records }),
    ]
    result["kind"] = headers.first.map { .string($0.kind.rawValue) }
    result["shards"] = .array(
      zip(group.paths, headers).map { path, header in
        [
          "path": .string(path), "records": .integer(header.records), "content_id": .string(header.contentID),
          "provenance": (try? JSONValue(encoding: header.provenance)) ?? .null,
        ]
      })
    for fact in facts { result[fact.name.replacingOccurrences(of: " ", with: "_")] = fact.json }
    result.merge(orders?.json ?? [:]) { old, _ in old }
    if !tensors.isEmpty {
      let shapes = tensors.map { ($0.name, JSONValue.array($0.shape.map(JSONValue.integer))) }
      result["tensors"] = .object(Dictionary(shapes, uniquingKeysWith: { first, _ in first }))
    }
    return .object(result)
  }
}

/// The first digits of a content id, enough to tell two apart.
package func short(_ contentID: String) -> String { String(contentID.prefix(16)) }

/// The size of a file, or 0.
package func fileSize(_ path: String) -> Int {
  (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? Int) ?? 0
}
