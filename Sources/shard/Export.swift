import ArgumentParser
import Checkpoints
import Foundation
import Shards

/// `shard export`: shards as safetensors for other programs.
struct Export: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write a shard as a safetensors file.",
    discussion: """
      Tensors of weights keep their names, which are the official key names of RandAR and of LlamaGen's \
      tokenizer. Of other kinds every column becomes an array with the records as first extent. Equal \
      shards give equal bytes.

      EXAMPLE:
        shard export work/fashion-mini/distill/model.shard --out model.safetensors
      """)

  @Argument(help: "A shard file.") var path: String
  @Option(help: "The safetensors file to write.") var out: String

  func run() throws {
    try runWorkbench {
      let shard = try Shard(reading: path)
      let header = shard.header
      let tensors = header.columns.map { column -> StoredTensor in
        let shape = header.kind == .weights ? column.shape : [header.records] + column.shape
        return StoredTensor(
          column.name, column.type.stored, shape: shape, bytes: shard.bytes(of: column)[...])
      }
      let metadata = [
        "format": "pt", "oar.kind": header.kind.rawValue, "oar.extra": header.extra.text,
        "oar.content_id": header.contentID,
      ]
      try Safetensors(tensors: tensors, metadata: metadata).write(to: out)
      print("\(out)  \(tensors.count) tensors  \(grouped(fileSize(out))) bytes")
    }
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
