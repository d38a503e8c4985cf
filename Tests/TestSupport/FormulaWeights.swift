import Foundation

/// Weights of Inception that a formula gives (`Fixtures/inception-det.json`), under the official names.
///
/// The numbers of a tensor come from SplitMix64 seeded with the FNV-1a hash of its name.
public struct FormulaWeights {
  /// All names with their shapes, counters included.
  public let shapes: [String: [Int]]

  /// Reads the names of `Fixtures/inception-keys.json`.
  public init() throws {
    let data = try Data(contentsOf: FixtureFile.folder.appending(path: "inception-keys.json"))
    shapes = try JSONDecoder().decode([String: [Int]].self, from: data)
  }

  /// All tensors but the counters.
  public var tensors: [String: (shape: [Int], values: [Float])] {
    var result = [String: (shape: [Int], values: [Float])]()
    for (name, shape) in shapes where !name.hasSuffix("num_batches_tracked") {
      result[name] = (shape, Self.values(name, shape))
    }
    return result
  }

  /// The hash of a name that its numbers start from.
  public static func seed(_ name: String) -> UInt64 {
    name.utf8.reduce(14_695_981_039_346_656_037) { ($0 ^ UInt64($1)) &* 1_099_511_628_211 }
  }

  /// Number `index` of a tensor, in [0, 1).
  public static func uniform(_ seed: UInt64, _ index: Int) -> Double {
    var z = seed &+ UInt64(index + 1) &* 0x9E37_79B9_7F4A_7C15
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    z ^= z >> 31
    return Double(z >> 40) * 0x1p-24
  }

  /// The values of one tensor, row-major.
  public static func values(_ name: String, _ shape: [Int]) -> [Float] {
    let seed = seed(name)
    let part = name.split(separator: ".").suffix(2).joined(separator: ".")
    let range = (6 / Double(shape.dropFirst().reduce(1, *))).squareRoot()
    return (0..<shape.reduce(1, *)).map { index in
      let u = uniform(seed, index)
      switch part {
      case "conv.weight", "fc.weight": return Float((2 * u - 1) * range)
      case "bn.weight", "bn.running_var": return Float(0.5 + u)
      default: return Float((u - 0.5) * 0.2)
      }
    }
  }
}
