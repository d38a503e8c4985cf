import ArgumentParser
import Files
import Formats
import Foundation
import Inspection
import Shards
import Weights

/// `shard import codes`.
struct ImportCodes: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "codes",
    abstract: "Make token shards of a code folder of RandAR or LlamaGen.",
    discussion: """
      Reads RandAR's <class index>/<dataset index>.npy, arrays (augmentations, codes) of integers, or \
      LlamaGen's <name>_codes/<dataset index>.npy, arrays (1, augmentations, codes), with the class in \
      <name>_labels/<dataset index>.npy; the folder tells which. Each augmentation becomes a sample of its \
      own, identified by dataset index x augmentations + augmentation.

      EXAMPLE:
        shard import codes imagenet-llamagen-adm-256_codes --tokenizer vq_ds16_c2i.shard --split train \
      --shards 64 --out work/imagenet256/tokens/train
      """)

  @Argument(help: "The folder of class folders, or that of LlamaGen's two folders.") var path: String
  @Option(help: "The folder for the token shards.") var out: String
  @Option(help: "How many shards to write.") var shards: Int
  @Option(help: "The split that they are: train or test.") var split: String
  @Option(help: "The weights shard of the image tokenizer that made the codes.") var tokenizer: String?
  @Option(help: "Number of codes, where there is no such shard.") var codebookSize: Int?
  @Option(help: "Tokens of an image, height x width (default: square).") var grid: GridArgument?
  @Option(help: "Number of classes (default: the highest class index and one).") var classes: Int?

  func validate() throws {
    if !(1...99_999).contains(shards) { throw ValidationError("--shards must be between 1 and 99,999.") }
    if split != "train" && split != "test" { throw ValidationError("--split must be train or test.") }
    if (tokenizer == nil) == (codebookSize == nil) {
      throw ValidationError("Give either --tokenizer or --codebook-size.")
    }
    if let codebookSize, !(1...65_536).contains(codebookSize) {
      throw ValidationError("--codebook-size must be between 1 and 65,536.")
    }
    if let classes, !(1...1 << 20).contains(classes) { throw ValidationError("--classes must be positive.") }
  }

  func run() throws {
    try runWorkbench {
      for part in (0..<shards).compactMap({ ShardPart(index: $0, count: shards) }) {
        try check(
          out + "/" + ShardName.file("tokens", part), .shard(.tokens, part: part), inputs: [tokenizer],
          stage: ImportWeights.stage)
      }
      let codes = try CodeFolder(path)
      let side = Int(Double(codes.length).squareRoot().rounded())
      let grid = grid ?? GridArgument(height: side, width: side)
      guard grid.height * grid.width == codes.length else {
        throw FormatError.mismatch(
          path: path, expected: "\(grid.height)x\(grid.width) codes an image (--grid)",
          found: "\(codes.length)")
      }
      var size = codebookSize ?? 0
      var codebook = ""
      var inputs: [Provenance.Input] = []
      if let tokenizer {
        (size, codebook) = try shard.codebookSize(of: tokenizer)
        let name = URL(filePath: tokenizer).lastPathComponent
        inputs = [Provenance.Input(role: "tokenizer", name: name, contentID: codebook)]
      }
      let classNames = (0..<(classes ?? (codes.entries.map(\.label).max() ?? 0) + 1)).map(String.init)
      let provenance = Provenance(
        stage: ImportWeights.stage, algorithm: 1, configID: "", seed: 0, inputs: inputs)
      for part in (0..<shards).compactMap({ ShardPart(index: $0, count: shards) }) {
        let table = try codes.table(
          part.range(ofRecords: codes.entries.count), gridHeight: grid.height, gridWidth: grid.width,
          codebookSize: size,
          codebook: codebook, classNames: classNames, split: split)
        let file = out + "/" + ShardName.file(.tokens, index: part.index, count: shards)
        let contentID = try table.write(to: file, shard: part.index, of: shards, provenance: provenance)
        print("\(file)  \(grouped(table.count)) records  \(short(contentID))")
      }
    }
  }
}
