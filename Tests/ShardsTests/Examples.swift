import Shards

/// Small tables that several tests write.
enum Examples {
  static let provenance = Provenance(
    stage: "extract-orders", algorithm: 2, configID: String(repeating: "c", count: 64), seed: .max,
    inputs: [
      .init(role: "tokens", name: "tokens-00000-of-00001.shard", contentID: String(repeating: "a", count: 64))
    ], precision: "bfloat16")

  static let tokens = TokenTable(
    sampleIDs: [3, 5, .max], labels: [0, 1, 1],
    tokens: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 511, 0, 0, 1, 1, 2, 2],
    gridHeight: 2, gridWidth: 3, codebookSize: 512, codebook: "book", classNames: ["Été \"A\"", "b\nc"],
    split: "train")

  static let orders = OrderTable(
    sampleIDs: [3, 5, .max], orders: [0, 1, 2, 3, 4, 5, 5, 4, 3, 2, 1, 0, 2, 0, 1, 5, 3, 4],
    confidences: (0..<18).map { Float($0) / 18 }, gridHeight: 2, gridWidth: 3, tokensContentID: "t",
    modelContentID: "m")

  static let samples = SampleTable(
    sampleIDs: [0, 1], labels: [0, 0], tokens: [1, 2, 3, 4], orders: [1, 0, 0, 1],
    confidences: [0, 0.25, 0.5, 1],
    images: Array(0..<24), imageHeight: 2, imageWidth: 2, imageChannels: 3, gridHeight: 1, gridWidth: 2,
    classNames: ["one"], arm: "distill-greedy", seed: 1 << 63)

  static let features = FeatureTable(
    sampleIDs: [9, 8], labels: [1, 0], features: [0.1, -2, 3e-20, 4], dimension: 2, extractor: "pixels")

  static let weights = WeightsTable(
    tensors: [
      NamedTensor("norm.weight", shape: [3], values: [1, -0, .leastNonzeroMagnitude]),
      NamedTensor("layers.0.w", shape: [2, 2, 1], values: [1, 2, 3, 4]),
      NamedTensor("scale", shape: [], values: [7]),
    ], model: ["width": 4, "rate": 0.1, "about": ["a": nil, "b": true]], facts: ["step": 12])

  static let texts = TextTable(
    sampleIDs: [3, 3, .max], tokens: [1, 2, 299, 0, 0, 0, 7, 0, 0],
    texts: ["Été \"A\"\n", "", String(repeating: "日", count: 171)], length: 3, vocabularySize: 300,
    split: "test", tokenizerContentID: "t",
    remarks: .init(truncated: 1, repaired: 2, empty: 1, uncaptioned: 4))

  static let progress = ProgressTable(
    sampleIDs: [4, .max], labels: [1, 0], tokens: [0, 511, 3, 4], orders: [1, 0, 0, 1], gridHeight: 1,
    gridWidth: 2,
    codebookSize: 512, codebook: "book", classNames: ["a", "b"], step: 1_000_000)

  static let staticOrders = StaticOrderTable(
    orders: [0, 1, 2, 3, 4, 5, 5, 4, 3, 2, 1, 0], images: [3, 0, 1, .max], gridHeight: 2, gridWidth: 3,
    classes: 2,
    modelContentID: "m", rule: ["static": "mean-rank", "scope": "clusters", "clusters": 2, "seed": 7])

  static let textTokenizer = TextTokenizerTable(
    json: Array(#"{"model":{"vocab":{"é":0,"b":1}}}"#.utf8), htmlUnescapes: 2, vocabularySize: 2,
    origin: "a test")
}
