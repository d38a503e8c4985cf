import Files

/// A table whose records are samples, no two of them the same.
public protocol SampledTable: ShardTable {
  var sampleIDs: [UInt64] { get }
}

extension OrderTable: SampledTable {}
extension SampleTable: SampledTable {}

/// A column whose elements were gathered from many tables.
struct GatheredColumn: WritableColumn {
  let name: String
  let shape: [Int]
  let type: ElementType
  /// Its little-endian bytes.
  let spool: ByteSpool

  var count: Int { spool.count / type.width }
}

/// A shard that grows by batches of records, of which memory holds the sample ids alone.
///
/// The file is that of one table with all records, to the byte.
public final class GatheredShard<Table: SampledTable> {
  /// Records so far.
  public var count: Int { sampleIDs.count }
  private let path: String
  private let extra: JSONValue
  private let columns: [GatheredColumn]
  private var sampleIDs: [UInt64] = []

  /// - Parameters:
  ///   - nothing: a table without records, with the facts that all batches have.
  ///   - path: the shard that it will be; what does not fit into memory waits beside it.
  public init(from nothing: Table, for path: String) {
    precondition(nothing.count == 0, "a shard grows from nothing, found \(nothing.count) records")
    self.path = path
    extra = nothing.extra
    columns = nothing.columns.map {
      GatheredColumn(name: $0.name, shape: $0.shape, type: $0.type, spool: ByteSpool(for: path))
    }
  }

  /// Adds the records of a table behind those that are there.
  ///
  /// - Throws: `ShardError.unfit` for a table that a reader would refuse, `FileError.io` where the disk is full.
  public func append(_ table: Table) throws {
    precondition(table.extra == extra, "a batch of other facts")
    try table.requireFit(for: path)
    for (column, new) in zip(columns, table.columns) {
      precondition(column.name == new.name && column.shape == new.shape, "a batch of other columns")
      try new.withBytes { try column.spool.append($0) }
    }
    sampleIDs += table.sampleIDs
  }

  /// Writes the records so far as a shard that appears whole or not at all, and returns its content id. More may
  /// follow.
  ///
  /// - Throws: as `ShardTable.write`.
  public func write(to path: String, shard: Int, of shards: Int, provenance: Provenance) throws -> String {
    do { try TableRules.requireDistinct(sampleIDs) } catch {
      throw ShardError.unfit(path: path, expected: error.expected, found: error.found)
    }
    try Table.requireName(path, shard: shard, of: shards)
    return try ShardWriter(
      kind: Table.kind, schema: Table.schema, shard: shard, shards: shards, records: count, extra: extra,
      provenance: provenance
    ).write(columns, to: path)
  }
}
