extension AnyOrderConfiguration {
  /// The shape of every parameter by its key, without making any: a model of position tokens has the official keys.
  public var parameterShapes: [String: [Int]] {
    var shapes = text == nil ? gatedBlocks : scaledBlocks
    for (name, shape) in embeddings { shapes[name] = shape }
    return shapes
  }

  /// The tables of the layout.
  private var embeddings: [String: [Int]] {
    var tables: [String: [Int]] =
      if let text {
        [
          "text_emb.weight": [text.tokens, width], "text_pos_emb.weight": [text.length + 1, width],
          "image_emb.weight": [codes, width],
        ]
      } else {
        [
          "cls_embedding.embedding_table.weight": [classes + 1, width],
          "tok_embeddings.weight": [codes, width],
        ]
      }
    guard positions != .tokens else {
      tables["pos_instruct_embeddings"] = [1, width]
      return tables
    }
    tables["cur_pos.row"] = [gridHeight, width]
    tables["cur_pos.col"] = [gridWidth, width]
    // A model that predicts locations is not told the next one.
    guard predicts == .codes else { return tables }
    let steps = positions == .doubleRelative ? 2 : 1
    tables["next_pos.row"] = [steps * gridHeight, width]
    tables["next_pos.col"] = [steps * gridWidth, width]
    return tables
  }

  /// RandAR's blocks, norm and head.
  private var gatedBlocks: [String: [Int]] {
    var shapes = ["norm.weight": [width], "output.weight": [outputs, width]]
    for layer in 0..<layers {
      let block: [String: [Int]] = [
        "attention.wqkv": [3 * inner, width], "attention.wo": [width, inner],
        "feed_forward.w1": [hidden, width], "feed_forward.w3": [hidden, width],
        "feed_forward.w2": [width, hidden], "attention_norm": [width], "ffn_norm": [width],
      ]
      for (name, shape) in block { shapes["layers.\(layer).\(name).weight"] = shape }
    }
    return shapes
  }

  /// Blocks of a model of texts, its norm and its two heads.
  private var scaledBlocks: [String: [Int]] {
    let text = text?.tokens ?? 0
    var shapes: [String: [Int]] = [
      "final_norm.weight": [width], "final_norm.bias": [width],
      "image_head.weight": [outputs, width], "image_head.bias": [outputs],
    ]
    if predicts == .codes {
      (shapes["text_head.weight"], shapes["text_head.bias"]) = ([text, width], [text])
    }
    for layer in 0..<layers {
      let block: [String: [Int]] = [
        "attn.norm.weight": [width], "attn.norm.bias": [width], "attn.to_qkv.weight": [3 * inner, width],
        "attn.to_out.weight": [width, inner], "attn.to_out.bias": [width], "attn.scale": [width],
        "ff.norm.weight": [width], "ff.norm.bias": [width], "ff.w1.weight": [2 * hidden, width],
        "ff.w1.bias": [2 * hidden], "ff.w2.weight": [width, hidden], "ff.w2.bias": [width],
        "ff.scale": [width],
      ]
      for (name, shape) in block { shapes["layers.\(layer).\(name)"] = shape }
    }
    return shapes
  }
}
