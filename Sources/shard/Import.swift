import ArgumentParser
import Files
import Formats
import Foundation
import Inspection
import Models
import Shards
import StageKit

/// `shard import`: files of other programs as shards.
struct Import: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Make shards of other programs' weights, code folders and tokenizers.",
    subcommands: [ImportWeights.self, ImportCodes.self, ImportTokenizer.self])
}

/// A grid on the command line, such as 16x16: height, then width.
struct GridArgument: ExpressibleByArgument {
  let height: Int
  let width: Int

  init?(argument: String) {
    let parts = argument.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
    guard parts.count == 2, parts.allSatisfy({ (1...65536).contains($0) }), parts[0] * parts[1] <= 65536
    else {
      return nil
    }
    (height, width) = (parts[0], parts[1])
  }

  init(height: Int, width: Int) { (self.height, self.width) = (height, width) }

  var defaultValueDescription: String { "\(height)x\(width)" }
}

/// `shard import weights`.
struct ImportWeights: ParsableCommand {
  /// What the provenance of imported shards says.
  static let stage = "shard import"

  static let configuration = CommandConfiguration(
    commandName: "weights",
    abstract: "Make a weights shard of a safetensors or PyTorch file.",
    discussion: """
      Recognises RandAR models, LlamaGen's VQ-16 and VQ-8, taming's VQGAN, the FID's Inception-v3 and \
      EfficientNet-Lite0 by their official key names, in F32, F16, BF16 or F64, and tells the sizes from \
      the shapes. What shapes do not tell is given by options. A file that 'shard export --with-facts' \
      wrote says everything itself, and the options are not used.

      The file is safetensors or of torch.save (.pt, .pth, .ckpt, old format or new), told by content. \
      Nothing that a PyTorch file asks for is run: it may hold tensors and plain data, and any other \
      name in it is refused.

      EXAMPLES:
        shard import weights randar_0.3b.safetensors --out randar-l.shard \\
          --tokenizer vq_ds16_c2i.shard
        shard import weights vq_ds16_c2i.pt --key model --out vq_ds16_c2i.shard
      """)

  @Argument(help: "A safetensors file, or a PyTorch file.") var path: String
  @Option(help: "The shard to write.") var out: String
  @Option(
    help: """
      Where in a PyTorch file the tensors are: keys joined by dots, such as ema.module (default: the top, or \
      model, state_dict, module or ema, where only one has tensors).
      """)
  var key: String?
  @Option(help: "Attention heads of a transformer (default: width / 64).") var heads: Int?
  @Option(help: "Tokens of an image, height x width.") var grid = GridArgument(height: 16, width: 16)
  @Option(help: "The weights shard of the image tokenizer whose codes a transformer predicts.")
  var tokenizer: String?
  @Option(help: "Height and width in pixels of the images of a tokenizer.") var imageSize = 256
  @Option(help: "Most groups of a tokenizer's group normalisation.") var groups = 32

  func validate() throws {
    try requireOption(heads, in: 1...SizeLimits.width, "--heads")
    try requireOption(imageSize, in: 1...SizeLimits.imageSize, "--image-size")
    try requireOption(groups, in: 1...SizeLimits.width, "--groups")
  }

  func run() throws {
    try runWorkbench {
      try check(out, .shard(.weights), inputs: [path, tokenizer], stage: Self.stage)
      let file = try CheckpointFile(reading: path, at: key)
      let recorded = try recorded(file)
      let official =
        try recorded == nil
        ? OfficialImport(
          file.tensors(), metadata: file.metadata,
          options: .init(
            heads: heads, grid: (grid.height, grid.width), imageSize: imageSize, groups: groups),
          tokenizer: tokenizer, path: path) : nil
      // One of the two is there: OfficialImport throws for weights that it does not know.
      guard let table = official?.table ?? recorded else {
        throw FormatError.mismatch(path: path, expected: "weights of a known model", found: "others")
      }
      if let bad = table.tensors.firstNonFinite {
        throw FormatError.mismatch(
          path: path, expected: "finite weights",
          found: "\(bad.value) at element \(bad.index) of '\(bad.tensor)'")
      }
      try table.checkArchitecture(path: path)
      let input = Provenance.Input(
        role: "file", name: URL(filePath: path).lastPathComponent, contentID: try fileDigest(path))
      let provenance = Provenance(
        stage: Self.stage, algorithm: 1, configID: "", seed: 0, inputs: [input])
      let contentID = try table.write(to: out, provenance: provenance)
      let title = official?.model.title ?? table.model["type"]?.string ?? "weights"
      print("\(out)  \(title)  \(table.count) tensors  \(short(contentID))")
      for note in official?.notes ?? [] { print("  \(note)") }
    }
  }

  /// The table of a file that `shard export` wrote with the facts of the shard's header.
  private func recorded(_ file: CheckpointFile) throws -> WeightsTable? {
    guard let text = file.metadata["oar.extra"], file.metadata["oar.kind"] == ShardKind.weights.rawValue
    else {
      return nil
    }
    guard let facts = try? JSONValue(parsing: text).object, let model = facts["model"] else {
      throw FormatError.malformed(path: path, what: "its metadata 'oar.extra' has no model")
    }
    return WeightsTable(tensors: try file.floats(), model: model, facts: facts.filter { $0.key != "model" })
  }
}

/// Number of codes and content id of an image tokenizer, from its header. Throws `ShardError`.
func codebookSize(of path: String) throws -> (codes: Int, contentID: String) {
  let header = try ShardHeader.peek(path)
  guard let column = header.columns.first(where: { $0.name == "quantize.embedding.weight" }),
    column.shape.count == 2
  else {
    throw ShardError.mismatch(
      path: path, expected: "an image tokenizer's weights with 'quantize.embedding.weight'",
      found: "\(header.kind.rawValue) without it")
  }
  return (column.shape[0], header.contentID)
}

/// SHA-256 of a file's bytes.
func fileDigest(_ path: String) throws -> String {
  try ReadableFile.hash(of: path)
}
