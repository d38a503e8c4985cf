import ArgumentParser
import Files
import Formats
import Inspection
import Models
import Randomness
import Shards

/// `shard random-weights`: official files without the training, to try everything else with.
struct RandomWeights: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Write random weights in the layout of an official file.",
    discussion: """
      The file has the names, shapes and sizes of the official one and numbers of a sensible scale, so that \
      import, stages and export can be tried and timed without it. Equal seeds give equal bytes.

      EXAMPLE:
        shard random-weights --model randar-l --seed 1 --out randar-l.safetensors
      """)

  @Option(help: ArgumentHelp("One of \(Subject.names).", valueName: "name")) var model: Subject
  @Option(help: "Seed.") var seed: UInt64 = 1
  @Option(help: "Element type.") var dtype = Precision.f32
  @Option(help: "The safetensors file to write.") var out: String

  enum Precision: String, ExpressibleByArgument, CaseIterable {
    case f32 = "F32"
    case f16 = "F16"
    case bf16 = "BF16"

    var type: StoredTensor.ElementType { StoredTensor.ElementType(rawValue: rawValue) ?? .f32 }
  }

  func run() throws {
    try runWorkbench {
      try check(out, .safetensors, inputs: [])
      let shapes = model.tensors
      let writer = try SafetensorsWriter(
        out,
        entries: shapes.map {
          .init($0.key, $0.key.hasSuffix(Subject.counter) ? .i64 : dtype.type, shape: $0.value)
        },
        metadata: ["format": "pt"])
      for entry in writer.entries {
        if entry.type == .i64 {
          try [UInt8](repeating: 0, count: entry.shape.reduce(8, *)).withUnsafeBytes { try writer.append($0) }
          continue
        }
        let distribution = Distribution(entry.name, shapes: shapes)
        let values = distribution.values(entry.shape.reduce(1, *), seed: seed, name: entry.name)
        let tensor = StoredTensor(entry.name, entry.type, shape: entry.shape, floats: values)
        try tensor.bytes.withUnsafeBytes { try writer.append($0) }
      }
      try writer.publish()
      print("\(out)  \(writer.entries.count) tensors  \(grouped(fileSize(out))) bytes")
    }
  }
}

extension RandomWeights {
  /// A model of official sizes, by a name for command lines: "RandAR-L" is `randar-l`.
  struct Subject: ExpressibleByArgument {
    /// Ending of the counters that batch normalisation leaves in a file.
    static let counter = ".num_batches_tracked"

    private static let networks = [
      ("inception-v3", inception), ("efficientnet-lite0", FeatureNetworks.lite0.shapes),
    ]
    private static let transformers = AnyOrderConfiguration.official.map { ($0.name.lowercased(), $0.sizes) }
    private static let tokenizers = ImageTokenizerConfiguration.official.map { title, sizes in
      (title.split(separator: " ").dropFirst().joined(separator: "-").lowercased(), sizes)
    }
    static let names = (transformers.map(\.0) + tokenizers.map(\.0) + networks.map(\.0)).joined(
      separator: ", ")

    /// The shape of every tensor of the file.
    let tensors: [String: [Int]]

    init?(argument: String) {
      if let found = Self.transformers.first(where: { $0.0 == argument }) {
        tensors = found.1.parameterShapes
      } else if let found = Self.tokenizers.first(where: { $0.0 == argument }) {
        tensors = Self.tokenizer(found.1)
      } else if let found = Self.networks.first(where: { $0.0 == argument }) {
        tensors = found.1
      } else {
        return nil
      }
    }

    /// LlamaGen's files also count how often codes were used.
    private static func tokenizer(_ sizes: ImageTokenizerConfiguration) -> [String: [Int]] {
      let parameters = ImageTokenizer(configuration: sizes).parameters
      var shapes = Dictionary(uniqueKeysWithValues: parameters.map { ($0.name, $0.value.shape) })
      if sizes.keys == .llamagen { shapes["quantize.codebook_used"] = [65_536] }
      return shapes
    }

    private static var inception: [String: [Int]] {
      var shapes = FeatureNetworks.inception.shapes
      for name in shapes.keys where name.hasSuffix(".bn.weight") {
        shapes[String(name.dropLast(".weight".count)) + counter] = []
      }
      return shapes
    }
  }

  /// Where the numbers of a tensor come from.
  enum Distribution: Equatable {
    case constant(Float)
    case normal(deviation: Double)
    case uniform(bound: Double)

    /// RandAR: N(0, 0.02). Networks of convolutions: uniform in ±1/sqrt(inputs · kernel²) as PyTorch starts,
    /// with ReLU N(0, 2/(inputs · kernel²)). Gains and variances 1, other statistics and norms' biases 0.
    init(_ name: String, shapes: [String: [Int]]) {
      let shape = shapes[name] ?? []
      let isNorm = name.contains("norm") || name.contains(".bn.")
      if isNorm {
        self = .constant(name.hasSuffix(".weight") || name.hasSuffix(".running_var") ? 1 : 0)
      } else if name == "quantize.codebook_used" {
        self = .constant(0)
      } else if shapes["tok_embeddings.weight"] != nil {
        self = .normal(deviation: 0.02)
      } else if shapes["stem.weight"] != nil {
        // Channels last: a depthwise kernel has three extents, of which the last is not summed over.
        self =
          name.hasSuffix(".bias")
          ? .constant(0)
          : .normal(deviation: (2 / Double(shape.dropLast().reduce(1, *))).squareRoot())
      } else if name.hasSuffix(".conv.weight"), shapes["fc.weight"] != nil {
        self = .normal(deviation: (2 / Double(shape.dropFirst().reduce(1, *))).squareRoot())
      } else {
        let weight = name.hasSuffix(".bias") ? shapes[name.dropLast(4) + "weight"] ?? shape : shape
        self = .uniform(bound: 1 / Double(max(weight.dropFirst().reduce(1, *), 1)).squareRoot())
      }
    }

    /// The values are a function of seed and name alone.
    func values(_ count: Int, seed: UInt64, name: String) -> [Float] {
      var stream = RandomStream(seed: seed, purpose: "random-weights." + name)
      switch self {
      case .constant(let value): return [Float](repeating: value, count: count)
      case .normal(let deviation): return stream.normals(count, deviation: deviation)
      case .uniform(let bound):
        return [Float](unsafeUninitializedCapacity: count) { buffer, filled in
          for i in 0..<count { buffer[i] = Float((2 * stream.uniform() - 1) * bound) }
          filled = count
        }
      }
    }
  }
}
