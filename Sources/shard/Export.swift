import ArgumentParser
import Files
import Formats
import Foundation
import Inspection
import Shards
import Weights

/// `shard export`: shards as files of other programs.
struct Export: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write shards as files of other programs: safetensors, a folder of codes, a tokenizer.",
    subcommands: [ExportTensors.self, ExportCodes.self, ExportTokenizer.self],
    defaultSubcommand: ExportTensors.self)
}

/// `shard export tensors`.
struct ExportTensors: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "tensors",
    abstract: "Write a shard as a safetensors file; what export does if not told otherwise.",
    discussion: """
      Tensors of weights keep their names, which are the official key names. Imported weights go back out \
      as they came: in the element types and with the metadata of the file, so that importing and exporting \
      a file in the official library's layout gives the same bytes. Of other kinds every column becomes an \
      array with the records as first extent. Equal shards give equal bytes.

      EXAMPLE:
        shard export work/fashion-mini/distill/model.shard --out model.safetensors
      """)

  @Argument(help: "A shard file.") var path: String
  @Option(help: "The safetensors file to write.") var out: String
  @Flag(
    help: ArgumentHelp(
      "Keep the shard's facts, such as heads and grid, in the metadata.",
      discussion: "'shard import' then needs no options. Weights that were not imported always do."))
  var withFacts = false

  func run() throws {
    try runWorkbench {
      try check(out, .safetensors, inputs: [path])
      let shard = try Shard(reading: path)
      let header = shard.header
      let stored =
        header.kind == .weights
        ? try StoredForm(header.extra, names: header.columns.map(\.name), path: path) : nil
      var metadata = stored?.metadata ?? [:]
      if stored == nil || withFacts {
        let facts = [
          "format": "pt", "oar.kind": header.kind.rawValue, "oar.extra": header.extra.text,
          "oar.content_id": header.contentID,
        ]
        metadata.merge(facts) { $1 }
      }
      let columns = Dictionary(uniqueKeysWithValues: header.columns.map { ($0.name, $0) })
      let writer = try SafetensorsWriter(
        out,
        entries: header.columns.map { column in
          let shape = header.kind == .weights ? column.shape : [header.records] + column.shape
          return .init(column.name, stored?.types[column.name] ?? column.type.stored, shape: shape)
        }, metadata: metadata)
      for entry in writer.entries {
        guard let column = columns[entry.name] else { continue }
        let tensor = Self.tensor(shard, column, entry)
        try tensor.bytes.withUnsafeBytes { try writer.append($0) }
      }
      try writer.publish()
      print("\(out)  \(writer.entries.count) tensors  \(grouped(fileSize(out))) bytes")
    }
  }

  /// A column as its entry wants it.
  private static func tensor(
    _ shard: Shard, _ column: ShardColumn, _ entry: SafetensorsWriter.Entry
  ) -> StoredTensor {
    entry.type == column.type.stored
      ? StoredTensor(entry.name, entry.type, shape: entry.shape, bytes: shard.bytes(of: column)[...])
      : StoredTensor(entry.name, entry.type, shape: entry.shape, floats: shard.values(of: column).floats)
  }
}

extension ElementType {
  /// The same type in a safetensors file.
  fileprivate var stored: StoredTensor.ElementType {
    switch self {
    case .u8: .u8
    case .u16: .u16
    case .u32: .u32
    case .u64: .u64
    case .i32: .i32
    case .f16: .f16
    case .f32: .f32
    }
  }
}
