import Formats
import Models
import Shards

/// Recognising official weights by their keys and telling the architecture from the shapes.
public enum OfficialWeights {
  /// What shapes do not tell.
  public struct Options: Sendable {
    /// Attention heads of a transformer; nil takes heads of 64 elements, as all official models have.
    public var heads: Int?
    /// Height and width in tokens of a transformer's images, which enter through the rotary embedding alone.
    public var grid: (height: Int, width: Int)
    /// Height and width in pixels of a tokenizer's images.
    public var imageSize: Int
    /// The most groups of a tokenizer's normalisation.
    public var groups: Int

    public init(
      heads: Int? = nil, grid: (height: Int, width: Int) = (16, 16), imageSize: Int = 256, groups: Int = 32
    ) {
      self.heads = heads
      self.grid = grid
      self.imageSize = imageSize
      self.groups = groups
    }
  }

  /// The transformer or image tokenizer whose keys these are, or nil if they are of something else.
  ///
  /// - Parameters:
  ///   - shapes: of all tensors of the file, by name.
  ///   - path: for the message.
  /// - Throws: `FormatError.mismatch` if the keys are those of a model of another kind than can be read,
  ///   or the shapes those of sizes that cannot be built.
  public static func recognise(
    _ shapes: [String: [Int]], _ options: Options, path: String
  ) throws -> OfficialModel? {
    func has(_ prefix: String) -> Bool { shapes.keys.contains { $0.hasPrefix(prefix) } }
    if shapes["quantize.embed.weight"] != nil {
      throw FormatError.mismatch(
        path: path, expected: "taming's VQGAN with one codebook 'quantize.embedding.weight'",
        found: "its variant with a Gumbel quantiser ('quantize.embed.weight'), which draws codes otherwise")
    }
    if shapes["tok_embeddings.weight"] != nil {
      if shapes["pos_instruct_embeddings"] == nil, shapes["cur_pos.row"] == nil {
        throw FormatError.mismatch(
          path: path, expected: "a RandAR model with 'pos_instruct_embeddings'",
          found: "a transformer without it, such as LlamaGen's raster models")
      }
    }
    if shapes["tok_embeddings.weight"] != nil || shapes["text_emb.weight"] != nil {
      let sizes = try transformer(shapes, heads: options.heads, grid: options.grid, path: path)
      return try OfficialModel(sizes)
    }
    guard
      ["decoder.conv_blocks.", "decoder.up.", "encoder.down.", "encoder.conv_blocks."].contains(where: has)
    else { return nil }
    let sizes = try tokenizer(shapes, imageSize: options.imageSize, groups: options.groups, path: path)
    try requireParameters(
      sizes.parameterCount, present: shapes.values.reduce(0) { $0 + $1.reduce(1, *) }, path: path)
    return try OfficialModel(sizes)
  }

  /// The sizes of a RandAR transformer (pipeline/method/transformer.md §1), of one with double positions instead, or of one
  /// of texts (pipeline/method/text-to-image.md §2).
  ///
  /// - Parameter grid: of position tokens; double positions tell theirs.
  /// - Throws: `FormatError.mismatch` if the keys or shapes are not those of such a model.
  public static func transformer(
    _ shapes: [String: [Int]], heads: Int?, grid: (height: Int, width: Int), path: String
  ) throws -> AnyOrderConfiguration {
    let reader = ShapeReader(shapes: shapes, path: path, kind: "a RandAR model")
    func matrix(_ name: String) throws -> (Int, Int) {
      let shape = try reader.extents(name)
      guard shape.count == 2 else { throw reader.failure("'\(name)' with two extents", "\(shape)") }
      return (shape[0], shape[1])
    }
    var (grid, positions) = (grid, PositionEncoding.tokens)
    if shapes["cur_pos.row"] != nil {
      grid = (try matrix("cur_pos.row").0, try matrix("cur_pos.col").0)
      positions = try matrix("next_pos.row").0 == 2 * grid.height ? .doubleRelative : .doubleAbsolute
    }
    func headCount(_ width: Int) throws -> Int {
      if heads == nil, width % 64 != 0 {
        throw reader.failure("a width that is a multiple of 64, or --heads", "width \(width)")
      }
      return max(heads ?? width / 64, 1)
    }
    let configuration: AnyOrderConfiguration
    if shapes["text_emb.weight"] != nil {
      let (codes, width) = try matrix("image_emb.weight")
      let length = try matrix("text_pos_emb.weight").0 - 1
      let inner = try matrix("layers.0.attn.to_qkv.weight").0 / 3
      let heads = try headCount(inner)
      configuration = AnyOrderConfiguration(
        width: width, layers: reader.count { "layers.\($0).attn.to_qkv.weight" }, heads: heads,
        headWidth: inner / heads, hidden: try matrix("layers.0.ff.w1.weight").0 / 2, codes: codes, classes: 0,
        text: TextSizes(vocabulary: try matrix("text_emb.weight").0 - length, length: length),
        positions: positions, gridHeight: grid.height, gridWidth: grid.width)
    } else {
      let (codes, width) = try matrix("tok_embeddings.weight")
      configuration = AnyOrderConfiguration(
        width: width, layers: reader.count { "layers.\($0).attention.wqkv.weight" },
        heads: try headCount(width), hidden: try matrix("layers.0.feed_forward.w1.weight").0, codes: codes,
        classes: try matrix("cls_embedding.embedding_table.weight").0 - 1, positions: positions,
        gridHeight: grid.height, gridWidth: grid.width)
    }
    if let problem = configuration.problem { throw reader.failure("sizes that can be built", problem) }
    return configuration
  }

  /// The sizes of an image tokenizer with the keys of LlamaGen or of taming transformers.
  ///
  /// - Throws: `FormatError.mismatch` if the keys or shapes are not those of such a tokenizer.
  public static func tokenizer(
    _ shapes: [String: [Int]], imageSize: Int, groups: Int, path: String
  ) throws -> ImageTokenizerConfiguration {
    let reader = ShapeReader(shapes: shapes, path: path, kind: "an image tokenizer")
    let isTaming = shapes.keys.contains { $0.hasPrefix("decoder.up.") || $0.hasPrefix("encoder.down.") }
    // Taming numbers levels from full resolution, LlamaGen's decoder from the lowest.
    let (stem, block) = isTaming ? ("decoder.up", "block") : ("decoder.conv_blocks", "res")
    let levels = reader.count { "\(stem).\($0).\(block).0.conv1.weight" }
    let blocks = reader.count { "\(stem).0.\(block).\($0).conv1.weight" }
    let last = try reader.extents("decoder.conv_out.weight")
    let channels = last[1]
    let widths = try (0..<levels).map { try reader.extents("\(stem).\($0).\(block).0.conv1.weight")[0] }
    if let width = widths.first(where: { channels == 0 || $0 % channels != 0 }) {
      throw reader.failure("widths that are multiples of \(channels) channels", "\(width)")
    }
    let multipliers = widths.map { $0 / channels }
    let isPatch = shapes["encoder.patch.weight"] != nil
    let codebook = try reader.extents("quantize.embedding.weight")
    let middle = "decoder.mid.\(isTaming ? "attn_1" : "1").q.weight"
    let configuration = ImageTokenizerConfiguration(
      imageSize: imageSize, imageChannels: last[0], encoder: isPatch ? .patch : .convolutional,
      channels: channels, multipliers: isTaming ? multipliers : multipliers.reversed(),
      residualBlocks: blocks - 1, attention: shapes[middle] != nil,
      attentionLevels: isTaming
        ? (0..<levels).filter { shapes["\(stem).\($0).attn.0.q.weight"] != nil } : nil,
      groups: groups, latentChannels: try reader.extents("post_quant_conv.weight")[0],
      patchWidth: isPatch ? try reader.extents("encoder.patch.weight")[0] : 1, codes: codebook[0],
      codeWidth: codebook[1], distance: isTaming ? .euclidean : .cosine,
      keys: isTaming ? .taming : .llamagen)
    if let problem = configuration.problem { throw reader.failure("sizes that can be built", problem) }
    return configuration
  }
}

/// Looking sizes up in shapes.
private struct ShapeReader {
  let shapes: [String: [Int]]
  let path: String
  /// What the file must hold, for messages.
  let kind: String

  func failure(_ expected: String, _ found: String) -> FormatError {
    .mismatch(path: path, expected: expected, found: found)
  }

  /// The shape of a tensor with at least two extents.
  func extents(_ name: String) throws -> [Int] {
    guard let shape = shapes[name] else {
      throw failure("\(kind) with '\(name)'", OfficialWeights.few(shapes.keys))
    }
    guard shape.count >= 2 else { throw failure("\(kind) with a matrix '\(name)'", "\(shape)") }
    return shape
  }

  /// How many tensors there are, numbered from 0.
  func count(_ name: (Int) -> String) -> Int { (0...).first { shapes[name($0)] == nil } ?? 0 }
}

extension OfficialWeights {
  /// Some of a file's keys, for messages.
  public static func few(_ keys: some Collection<String>) -> String {
    let some = keys.sorted().prefix(4).map { "'\($0)'" }.joined(separator: ", ")
    return keys.isEmpty ? "no tensors" : some + (keys.count > 4 ? ", …" : "")
  }
}
