import Features

extension FoldersRecord {
  /// Everything that was found, with raw numbers.
  /// - Parameters:
  ///   - comparison: what was compared.
  ///   - asked: the metrics that were asked for.
  ///   - rows: the numbers.
  ///   - differences: of the tests.
  ///   - algorithm: the program's number.
  public init(
    _ comparison: FolderComparison, asked: [Metric], rows: [Row], differences: [Difference], algorithm: Int
  ) {
    tool = Tool(name: "score folders", algorithm: algorithm)
    space = SpaceRecord(comparison.space)
    settings = comparison.settings
    self.asked = asked
    sets = comparison.sets.map { Side($0.role, $0.set) }
    metrics = rows
    self.differences = differences
    warnings = comparison.warnings
  }
}

extension FoldersRecord.Side {
  fileprivate init(_ role: String, _ set: ScoredSet) {
    self.role = role
    path = set.path
    count = set.count
    holdsStatistics = set.file?.statistics != nil
    contentID = set.inputs.first?.contentID
    kind = set.pictures?.kind
    images = set.pictures == nil ? nil : set.summary
    let pictures = set.pictures.flatMap { $0.count > 0 ? $0 : nil }
    first = pictures?.name(of: 0)
    last = pictures.map { $0.name(of: $0.count - 1) }
  }
}
