import Files

/// The JSON that `score folders` writes (pipeline/method/metrics.md §13).
public struct FolderReport {
  let comparison: FolderComparison
  let rows: [FolderRow]
  let differences: [FolderDifference]
  let warnings: [String]

  /// - Parameter rows: what was measured by `comparison`.
  public init(
    comparison: FolderComparison, rows: [FolderRow], differences: [FolderDifference], warnings: [String]
  ) {
    self.comparison = comparison
    self.rows = rows
    self.differences = differences
    self.warnings = warnings
  }

  /// Everything, with raw numbers.
  public func json(metrics: [FolderMetric], algorithm: Int) throws -> JSONValue {
    let space = comparison.space
    return [
      "tool": ["name": "score folders", "algorithm": .integer(algorithm)],
      "extractor": [
        "name": .string(space.layers.map(\.name).joined(separator: "+")),
        "dimension": .integer(space.dimension), "resize": .string(space.resize),
        "weights_sha256": .string(space.weights),
      ],
      "settings": try JSONValue(encoding: comparison.settings),
      "asked": .array(metrics.map { .string($0.rawValue) }),
      "sets": .array(try comparison.sets.map { try Self.json($0.role, $0.set) }),
      "metrics": .array(rows.map(\.json)),
      "differences": .array(differences.map(\.json)), "warnings": .array(warnings.map(JSONValue.string)),
    ]
  }

  private static func json(_ role: String, _ set: ScoredSet) throws -> JSONValue {
    var members: [String: JSONValue] = [
      "role": .string(role), "path": .string(set.path),
      "count": set.count.map(JSONValue.integer) ?? .null,
      "holds_statistics": .bool(set.file?.statistics != nil),
      "content_id": set.inputs.first.map { .string($0.contentID) } ?? .null,
    ]
    if let pictures = set.pictures {
      members["kind"] = .string(pictures.kind)
      members["images"] = try set.summary.map { try JSONValue(encoding: $0) } ?? .null
      if pictures.count > 0 {
        members["first"] = .string(pictures.name(of: 0))
        members["last"] = .string(pictures.name(of: pictures.count - 1))
      }
    }
    return .object(members)
  }
}
