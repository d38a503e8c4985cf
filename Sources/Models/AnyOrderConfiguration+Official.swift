extension AnyOrderConfiguration {
  /// The sizes of the official RandAR models on ImageNet at 256x256 pixels, by name
  /// (pipeline/method/transformer.md §1).
  public static let official: [(name: String, sizes: AnyOrderConfiguration)] = [
    ("RandAR-B", 768, 12), ("RandAR-L", 1024, 24), ("RandAR-XL", 1280, 36), ("RandAR-XXL", 1536, 48),
  ].map { name, width, layers in
    let sizes = AnyOrderConfiguration(
      width: width, layers: layers, heads: width / 64, hidden: officialHidden(width: width), codes: 16_384,
      classes: 1000, gridHeight: 16, gridWidth: 16)
    return (name, sizes)
  }

  /// What people call a model of these sizes, such as "RandAR-L", or its sizes where none is official.
  public var title: String {
    let core = (width, layers, heads, hidden)
    guard let (name, sizes) = Self.official.first(where: { core == $0.sizes.core }) else {
      return "RandAR of no official size (width \(width), \(layers) layers, \(heads) heads, hidden \(hidden))"
    }
    return self == sizes
      ? name : "\(name) with \(codes) codes, \(classes) classes and \(gridHeight)x\(gridWidth) tokens"
  }

  private var core: (Int, Int, Int, Int) { (width, layers, heads, hidden) }

  /// The shape of every parameter by its official key, without making any.
  public var parameterShapes: [String: [Int]] {
    var shapes: [String: [Int]] = [
      "tok_embeddings.weight": [codes, width],
      "cls_embedding.embedding_table.weight": [classes + 1, width],
      "pos_instruct_embeddings": [1, width],
      "norm.weight": [width],
      "output.weight": [codes, width],
    ]
    for layer in 0..<layers {
      let block: [String: [Int]] = [
        "attention.wqkv": [3 * width, width], "attention.wo": [width, width],
        "feed_forward.w1": [hidden, width], "feed_forward.w3": [hidden, width],
        "feed_forward.w2": [width, hidden], "attention_norm": [width], "ffn_norm": [width],
      ]
      for (name, shape) in block { shapes["layers.\(layer).\(name).weight"] = shape }
    }
    return shapes
  }
}
