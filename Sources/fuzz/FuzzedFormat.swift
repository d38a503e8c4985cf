import ArgumentParser
import Formats
import Images
import Shards
import Text

/// A kind of file and how it is read in full.
enum FuzzedFormat: String, ExpressibleByArgument, CaseIterable {
  case torch, safetensors, npy, shard, png, jpeg, tar, csv, jsonl, tokenizer, merges

  /// Endings of files that are taken as seeds.
  var endings: [String] {
    switch self {
    case .torch: [".pt", ".pth", ".ckpt"]
    case .jpeg: [".jpg"]
    case .tokenizer: ["tokenizer.json", "tokenizer-a.json"]
    case .merges: [".merges.txt"]
    default: ["." + rawValue]
    }
  }

  /// Makes checksums right again, where a format has any that would hide what comes after them.
  var repair: ((inout [UInt8]) -> Void)? {
    switch self {
    case .torch: ZipRepair.repair
    case .tar: TarRepair.repair
    default: nil
    }
  }

  /// Reads everything in a file. Throws the reader's error.
  func read(_ path: String) throws {
    switch self {
    case .torch:
      // The whole tree first, so that files without weights are read too.
      let file = try TorchFile(reading: path)
      try Self.readTensors(of: file, in: file.root)
      _ = try CheckpointFile(reading: path).floats()
    case .safetensors: _ = try CheckpointFile(reading: path).floats()
    case .npy: _ = try NPYArray(reading: path)
    case .tokenizer, .merges: try Self.encode(with: TextTokenizer(readingFile: path))
    case .png, .jpeg: _ = try PictureFile.read(path)
    case .tar:
      for member in try TarArchive.members(of: path) { _ = try TarArchive.read(member, of: path) }
    case .csv: try Self.readTable(path, as: .csv)
    case .jsonl: try Self.readTable(path, as: .jsonLines)
    case .shard:
      switch try ShardHeader.peek(path).kind {
      case .tokens: _ = try TokenTable.read(path)
      case .orders: _ = try OrderTable.read(path)
      case .samples: _ = try SampleTable.read(path)
      case .features: _ = try FeatureTable.read(path)
      case .weights: _ = try WeightsTable.read(path)
      case .progress: _ = try ProgressTable.read(path)
      case .staticOrders: _ = try StaticOrderTable.read(path)
      case .texts: _ = try TextTable.read(path)
      case .textTokenizer: _ = try TextTokenizerFile(reading: path)
      }
    }
  }

  /// Reads a table of captions to its end, whatever its rows are.
  private static func readTable(_ path: String, as format: CaptionTable.Format) throws {
    var omissions = CaptionOmissions(areAllowed: true)
    try CaptionTable.read(path, as: format, omissions: &omissions) { _, _ in }
  }

  /// Encodes a text with all bytes that occur in one, and takes the ids back.
  private static func encode(with tokenizer: TextTokenizer) throws {
    var encoder = TextEncoder(tokenizer)
    let text = String(String.UnicodeScalarView((0..<0x250).compactMap { Unicode.Scalar(UInt32($0)) }))
    _ = tokenizer.decode(encoder.encode(text + "a red dress &amp; 日本", length: 300).ids)
  }

  private static func readTensors(of file: TorchFile, in value: CheckpointValue) throws {
    switch value {
    case .tensor(let tensor): _ = try file.tensor(tensor, named: "tensor").floats
    case .list(let elements), .tuple(let elements):
      for element in elements { try readTensors(of: file, in: element) }
    case .dictionary(let members): for member in members { try readTensors(of: file, in: member.value) }
    case .object(_, let state): try readTensors(of: file, in: state)
    default: break
    }
  }
}
