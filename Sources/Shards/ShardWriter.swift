import CZstd
import Files
import Foundation

/// What a writer needs to know of a column before its elements.
protocol WritableColumn {
  var name: String { get }
  /// Extents of one record's entry.
  var shape: [Int] { get }
  var type: ElementType { get }
  /// Number of elements.
  var count: Int { get }
}

/// A column to be written.
public struct NewColumn: WritableColumn, Sendable {
  public let name: String
  /// Extents of one record's entry.
  public let shape: [Int]
  private let source: Source

  private enum Source {
    case values(ColumnValues)
    case tensor(NamedTensor)
  }

  public init(_ name: String, shape: [Int] = [], _ values: ColumnValues) {
    self.name = name
    self.shape = shape
    source = .values(values)
  }

  /// A column of f32, taken from where the tensor's values lie.
  public init(_ tensor: NamedTensor) {
    name = tensor.name
    shape = tensor.shape
    source = .tensor(tensor)
  }

  var type: ElementType {
    switch source {
    case .values(let values): values.type
    case .tensor: .f32
    }
  }

  var count: Int {
    switch source {
    case .values(let values): values.count
    case .tensor(let tensor): tensor.shape.reduce(1, *)
    }
  }

  /// Calls `body` with the little-endian bytes.
  func withBytes<R>(_ body: (UnsafeRawBufferPointer) throws -> R) rethrows -> R {
    switch source {
    case .values(let values): try values.withBytes(body)
    case .tensor(let tensor): try tensor.withValues { try body(UnsafeRawBufferPointer($0)) }
    }
  }
}

/// Writes shards: hashes the columns, then streams header line and columns through one zstd frame into a file
/// that appears only when it is complete. Equal input gives equal bytes (with one version of libzstd).
package struct ShardWriter {
  package var kind: ShardKind
  package var schema: Int
  package var shard: Int
  package var shards: Int
  package var records: Int
  package var extra: JSONValue
  package var provenance: Provenance

  package init(
    kind: ShardKind, schema: Int, shard: Int = 0, shards: Int = 1, records: Int, extra: JSONValue,
    provenance: Provenance
  ) {
    self.kind = kind
    self.schema = schema
    self.shard = shard
    self.shards = shards
    self.records = records
    self.extra = extra
    self.provenance = provenance
  }

  /// Lays the columns out and hashes them: the header that a file of them would have.
  package func header(_ columns: [NewColumn]) -> ShardHeader {
    header(columns) { column, take in column.withBytes(take) }
  }

  /// - Parameter bytes: gives a column's little-endian bytes in their sequence, in one piece or in several.
  private func header<Column: WritableColumn>(
    _ columns: [Column], bytes: (Column, (UnsafeRawBufferPointer) -> Void) throws -> Void
  ) rethrows -> ShardHeader {
    var layout: [ShardColumn] = []
    var hash = SHA256()
    var end = 0
    for column in columns {
      let expected = column.shape.reduce(records, *)
      precondition(
        column.count == expected,
        "column '\(column.name)' has \(column.count) elements, expected \(expected)")
      let start = ShardHeader.aligned(end)
      hash.update([UInt8](repeating: 0, count: start - end))
      try bytes(column) { hash.update($0) }
      let size = column.count * column.type.width
      layout.append(
        ShardColumn(
          name: column.name, type: column.type, shape: column.shape, offset: start, bytes: size))
      end = start + size
    }
    precondition(Set(columns.map(\.name)).count == columns.count, "column names must differ")
    precondition((0..<shards).contains(shard), "shard \(shard) is not among \(shards)")
    return ShardHeader(
      kind: kind, schema: schema, shard: shard, shards: shards, records: records, columns: layout,
      extra: extra,
      payloadBytes: end, contentID: hash.hex(), provenance: provenance)
  }

  /// Writes and publishes the file and returns its content id. Throws `FileError.io`, leaving nothing
  /// behind.
  package func write(_ columns: [NewColumn], to path: String) throws -> String {
    try write(columns, header(columns), to: path) { column, take in try column.withBytes(take) }
  }

  /// The same of columns that were gathered. Equal elements give equal bytes, however they came.
  func write(_ columns: [GatheredColumn], to path: String) throws -> String {
    let header = try header(columns) { column, take in try column.spool.forEachPiece(take) }
    return try write(columns, header, to: path) { column, take in try column.spool.forEachPiece(take) }
  }

  private func write<Column>(
    _ columns: [Column], _ header: ShardHeader, to path: String,
    bytes: (Column, (UnsafeRawBufferPointer) throws -> Void) throws -> Void
  ) throws -> String {
    let line = header.line
    precondition(
      line.count <= ShardHeader.longestLine, "a header of \(line.count) bytes is longer than allowed")
    let contentBytes = line.count + header.payloadBytes
    let file = try AtomicFile(path)
    try ShardFrame.preamble(contentBytes: contentBytes).withUnsafeBytes { try file.write($0) }
    // Weights hardly shrink, so they get the fastest level.
    let frame = try FrameWriter(file, contentBytes: contentBytes, level: kind == .weights ? 1 : 3)
    try line.withUnsafeBytes { try frame.append($0) }
    var end = 0
    for (column, place) in zip(columns, header.columns) {
      try [UInt8](repeating: 0, count: place.offset - end).withUnsafeBytes { try frame.append($0) }
      try bytes(column) { try frame.append($0) }
      end = place.offset + place.bytes
    }
    try frame.finish()
    try file.publish()
    return header.contentID
  }
}

/// Compresses bytes into one zstd frame with content size and checksum.
private final class FrameWriter {
  private let file: AtomicFile
  private let context: OpaquePointer
  private var buffer = [UInt8](repeating: 0, count: 1 << 20)

  init(_ file: AtomicFile, contentBytes: Int, level: Int32) throws {
    self.file = file
    guard let context = ZSTD_createCCtx() else {
      throw FileError.io(path: file.path, operation: "find memory to write", code: ENOMEM)
    }
    self.context = context
    ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level)
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, 1)
    ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 1)
    ZSTD_CCtx_setPledgedSrcSize(context, UInt64(contentBytes))
  }

  deinit { ZSTD_freeCCtx(context) }

  func append(_ bytes: UnsafeRawBufferPointer) throws { try run(bytes, ZSTD_e_continue) }

  func finish() throws { try run(UnsafeRawBufferPointer(start: nil, count: 0), ZSTD_e_end) }

  private func run(_ bytes: UnsafeRawBufferPointer, _ directive: ZSTD_EndDirective) throws {
    var input = ZSTD_inBuffer(src: bytes.baseAddress, size: bytes.count, pos: 0)
    while true {
      let (left, written) = buffer.withUnsafeMutableBytes { space -> (Int, Int) in
        var output = ZSTD_outBuffer(dst: space.baseAddress, size: space.count, pos: 0)
        let left = ZSTD_compressStream2(context, &output, &input, directive)
        return (left, output.pos)
      }
      if ZSTD_isError(left) != 0 {
        throw ShardError.corrupt(
          path: file.path, what: "zstd cannot compress it: \(String(cString: ZSTD_getErrorName(left)))")
      }
      try buffer.withUnsafeBytes { try file.write(UnsafeRawBufferPointer(rebasing: $0[0..<written])) }
      if directive == ZSTD_e_end ? left == 0 : input.pos == input.size { return }
    }
  }
}
