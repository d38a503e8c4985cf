import Files

/// The typed content of one kind of shard. Stages compute with tables; only their `run()` knows of files.
public protocol ShardTable: Equatable, Sendable {
  static var kind: ShardKind { get }
  /// The schema written, and the only one read so far.
  static var schema: Int { get }

  /// Number of records.
  var count: Int { get }
  /// The columns as they are written.
  var columns: [NewColumn] { get }
  /// The facts that are not per record, as they are written.
  var extra: JSONValue { get }

  /// Takes the table out of a shard of this kind and schema.
  ///
  /// Throws `ShardError.malformed` for missing facts and `.mismatch` for columns that are missing or of another
  /// type or shape.
  init(shard: Shard) throws

  /// Checks the kind's rules for values, when a table was read and before it is written.
  func check() throws(TableProblem)
}

extension ShardTable {
  /// Reads and verifies a shard file: the container, the kind and the kind's own rules. Throws `ShardError`.
  public init(reading path: String) throws { self = try Self.read(path).table }

  /// Reads and verifies a shard file and also returns its header, with content id and provenance.
  public static func read(_ path: String) throws -> (table: Self, header: ShardHeader) {
    let shard = try Shard(reading: path)
    guard shard.header.kind == kind else {
      throw ShardError.mismatch(
        path: path, expected: "a shard of \(kind.rawValue)", found: "one of \(shard.header.kind.rawValue)")
    }
    guard shard.header.schema == schema else {
      throw ShardError.unsupportedVersion(
        path: path, found: "schema \(shard.header.schema) of \(kind.rawValue)", supported: "schema \(schema)")
    }
    if let name = ShardName.contradiction(of: path, shard.header.kind, shard.header.part) {
      throw shard.mismatch(expected: name.expected, found: name.found)
    }
    let table = try Self(shard: shard)
    do { try table.check() } catch { throw shard.mismatch(expected: error.expected, found: error.found) }
    return (table, shard.header)
  }

  /// Writes the table as a shard that appears whole or not at all, and returns its content id.
  ///
  /// Throws `FileError.io`; `.unfit` for a table that a reader would refuse, or for a name that says something
  /// else of it. Nothing is left behind then, and an older file is untouched.
  @discardableResult
  public func write(to path: String, shard: Int = 0, of shards: Int = 1, provenance: Provenance) throws
    -> String
  {
    try requireFit(for: path)
    try Self.requireName(path, shard: shard, of: shards)
    return try writeUnchecked(to: path, shard: shard, of: shards, provenance: provenance)
  }

  /// Checks that a reader would take the table. Throws `ShardError.unfit`.
  func requireFit(for path: String) throws {
    do { try check() } catch {
      throw ShardError.unfit(path: path, expected: error.expected, found: error.found)
    }
    if let place = extra.nonFinitePath {
      throw ShardError.unfit(
        path: path, expected: "finite numbers in its facts", found: "none at '\(place)'")
    }
  }

  /// Checks that a file's name says nothing else of what it is to hold. Throws `ShardError.unfit`.
  static func requireName(_ path: String, shard: Int, of shards: Int) throws {
    if let name = ShardName.contradiction(of: path, kind, ShardPart(index: shard, count: shards)) {
      throw ShardError.unfit(path: path, expected: name.expected, found: name.found)
    }
  }

  /// Writes also what a reader would refuse, for whoever tries readers. Throws `FileError.io`.
  @discardableResult
  package func writeUnchecked(
    to path: String, shard: Int = 0, of shards: Int = 1, provenance: Provenance
  ) throws -> String {
    try writer(shard: shard, of: shards, provenance: provenance).write(columns, to: path)
  }

  /// The content id a file of this table has. This hashes all columns: take it from the header where there is
  /// one.
  public var contentID: String {
    let nowhere = Provenance(stage: "", algorithm: 0, configID: "", seed: 0)
    return writer(shard: 0, of: 1, provenance: nowhere).header(columns).contentID
  }

  private func writer(shard: Int, of shards: Int, provenance: Provenance) -> ShardWriter {
    ShardWriter(
      kind: Self.kind, schema: Self.schema, shard: shard, shards: shards,
      records: Self.kind == .weights ? 1 : count, extra: extra, provenance: provenance)
  }
}

extension Shard {
  /// Eight-bit elements; see `values(_:_:shape:)`.
  func u8(_ name: String, shape: [Int] = []) throws -> [UInt8] {
    guard case .u8(let values) = try values(name, .u8, shape: shape) else { return [] }
    return values
  }

  /// Sixteen-bit elements.
  func u16(_ name: String, shape: [Int] = []) throws -> [UInt16] {
    guard case .u16(let values) = try values(name, .u16, shape: shape) else { return [] }
    return values
  }

  /// Thirty-two-bit elements.
  func u32(_ name: String, shape: [Int] = []) throws -> [UInt32] {
    guard case .u32(let values) = try values(name, .u32, shape: shape) else { return [] }
    return values
  }

  /// Sixty-four-bit elements.
  func u64(_ name: String, shape: [Int] = []) throws -> [UInt64] {
    guard case .u64(let values) = try values(name, .u64, shape: shape) else { return [] }
    return values
  }

  /// Single-precision elements.
  func f32(_ name: String, shape: [Int] = []) throws -> [Float] {
    guard case .f32(let values) = try values(name, .f32, shape: shape) else { return [] }
    return values
  }

  /// A fact of `extra`, which a shard of the kind must have.
  func fact<T>(_ key: String, _ kind: String, _ read: (JSONValue) -> T?) throws -> T {
    guard let value = header.extra[key], let result = read(value) else {
      let found = header.extra[key].map { "found \($0.text.prefix(80))" } ?? "found nothing"
      throw ShardError.malformed(path: path, what: "expected 'extra.\(key)' to be \(kind), \(found)")
    }
    return result
  }

  /// The token grid: height and width, both positive, with at most 65,536 cells.
  func grid() throws -> (height: Int, width: Int) {
    try fact("grid", "[height, width]") { value in
      guard let extents = value.ints, extents.count == 2, extents.allSatisfy({ (1...65536).contains($0) }),
        extents[0] * extents[1] <= 65536
      else { return nil }
      return (extents[0], extents[1])
    }
  }

  /// The number of codes of a codebook, which tokens of sixteen bits can tell apart.
  func codebookSize() throws -> Int {
    try fact("codebook_size", "between 1 and 65,536") { value in
      value.int.flatMap { (1...65536).contains($0) ? $0 : nil }
    }
  }

  func text(_ key: String) throws -> String { try fact(key, "text", \.string) }

  func mismatch(expected: String, found: String) -> ShardError {
    .mismatch(path: path, expected: expected, found: found)
  }
}
