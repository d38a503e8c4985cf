import Models
import Shards

/// Recognising official weights by their keys and telling the architecture from the shapes.
public enum OfficialWeights {
  /// The sizes of a RandAR transformer (spec/class-conditional §1.1).
  ///
  /// Shapes do not tell the number of heads, which is width / 64 in all official models, nor the grid, which
  /// enters through the rotary embedding alone.
  ///
  /// - Parameters:
  ///   - heads: nil takes heads of 64 elements.
  ///   - grid: height and width in tokens.
  ///   - path: for the message.
  /// - Throws: `CheckpointError.mismatch` if the keys or shapes are not those of such a model.
  public static func transformer(
    _ tensors: [NamedTensor], heads: Int?, grid: (height: Int, width: Int), path: String
  ) throws -> AnyOrderConfiguration {
    func failure(_ expected: String, _ found: String) -> CheckpointError {
      .mismatch(path: path, expected: expected, found: found)
    }
    let shapes = Dictionary(tensors.map { ($0.name, $0.shape) }, uniquingKeysWith: { first, _ in first })
    func extents(_ name: String) throws -> (Int, Int) {
      guard let shape = shapes[name] else { throw failure("a RandAR model with '\(name)'", keys(tensors)) }
      guard shape.count == 2 else { throw failure("'\(name)' with two extents", "\(shape)") }
      return (shape[0], shape[1])
    }
    let (codes, width) = try extents("tok_embeddings.weight")
    let (classRows, _) = try extents("cls_embedding.embedding_table.weight")
    let (hidden, _) = try extents("layers.0.feed_forward.w1.weight")
    if heads == nil, width % 64 != 0 {
      throw failure("a width that is a multiple of 64, or --heads", "width \(width)")
    }
    let layers = (0...).first { shapes["layers.\($0).attention.wqkv.weight"] == nil } ?? 0
    let configuration = AnyOrderConfiguration(
      width: width, layers: layers, heads: heads ?? width / 64, hidden: hidden, codes: codes,
      classes: classRows - 1, gridHeight: grid.height, gridWidth: grid.width)
    if let problem = configuration.problem { throw failure("sizes that can be built", problem) }
    return configuration
  }

  /// Whether the keys are those of an image tokenizer (spec/class-conditional §3).
  public static func isTokenizer(_ tensors: [NamedTensor]) -> Bool {
    let names = Set(tensors.map(\.name))
    return names.isSuperset(of: ["quantize.embedding.weight", "decoder.conv_in.weight", "quant_conv.weight"])
  }

  /// The sizes of an image tokenizer with LlamaGen's keys.
  ///
  /// Shapes do not tell the size of the images, nor the groups of the normalisation, which are 32 officially.
  ///
  /// - Throws: `CheckpointError.mismatch` if the keys or shapes are not those of such a tokenizer.
  public static func tokenizer(
    _ tensors: [NamedTensor], imageSize: Int, groups: Int, path: String
  ) throws -> ImageTokenizerConfiguration {
    func failure(_ expected: String, _ found: String) -> CheckpointError {
      .mismatch(path: path, expected: expected, found: found)
    }
    let shapes = Dictionary(tensors.map { ($0.name, $0.shape) }, uniquingKeysWith: { first, _ in first })
    func extents(_ name: String) throws -> [Int] {
      guard let shape = shapes[name], shape.count >= 2 else {
        throw failure(
          "an image tokenizer with a matrix '\(name)'", shapes[name].map { "\($0)" } ?? keys(tensors))
      }
      return shape
    }
    func count(_ name: (Int) -> String) -> Int { (0...).first { shapes[name($0)] == nil } ?? 0 }
    let levels = count { "decoder.conv_blocks.\($0).res.0.conv1.weight" }
    let blocks = count { "decoder.conv_blocks.0.res.\($0).conv1.weight" }
    let last = try extents("decoder.conv_out.weight")
    let channels = last[1]
    // The decoder's first level is the lowest, the one with the last multiplier.
    let widths = try (0..<levels).reversed().map {
      try extents("decoder.conv_blocks.\($0).res.0.conv1.weight")[0]
    }
    if let width = widths.first(where: { channels == 0 || $0 % channels != 0 }) {
      throw failure("widths that are multiples of \(channels) channels", "\(width)")
    }
    let isPatch = shapes["encoder.patch.weight"] != nil
    let codebook = try extents("quantize.embedding.weight")
    let configuration = ImageTokenizerConfiguration(
      imageSize: imageSize, imageChannels: last[0], encoder: isPatch ? .patch : .convolutional,
      channels: channels, multipliers: widths.map { $0 / channels }, residualBlocks: blocks - 1,
      attention: shapes["decoder.mid.1.q.weight"] != nil, groups: groups,
      latentChannels: try extents("post_quant_conv.weight")[0],
      patchWidth: isPatch ? try extents("encoder.patch.weight")[0] : 1, codes: codebook[0],
      codeWidth: codebook[1])
    if let problem = configuration.problem { throw failure("sizes that can be built", problem) }
    return configuration
  }

  private static func keys(_ tensors: [NamedTensor]) -> String {
    tensors.isEmpty ? "no tensors" : tensors.prefix(4).map { "'\($0.name)'" }.joined(separator: ", ") + ", …"
  }
}
