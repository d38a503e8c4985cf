import Features
import Files
import Metrics
import Randomness

/// Compares generated with real images by their features, at equal numbers on both sides.
///
/// Real images are split in two halves by a seeded permutation. The first half is what everything is compared
/// with; the second half, as if it had been generated, gives the floor: what a perfect generator would score.
/// The same is done with reconstructions, since a tokenizer's error can hide the model's.
struct FeatureComparison {
  let settings: ScoreSection
  let real: LoadedFeatures
  let reconstructions: LoadedFeatures?
  /// Generated features by sampling seed.
  let generated: [LoadedFeatures]
  let seeds: [UInt64]

  /// What generated images are compared with.
  enum Reference: String, CaseIterable {
    case real, reconstructions
  }

  /// Images on either side of every comparison.
  var count: Int { min(generated.map(\.count).min() ?? 0, real.count / 2) }
  var space: FeatureSpace { real.space }

  /// What a reader must know about the comparison.
  func warnings() -> [String] {
    var found = [String]()
    let sizes = generated.map(\.count)
    if let most = sizes.max(), count < most {
      found.append(
        "\(grouped(count)) images are compared on either side, of \(grouped(most)) generated and "
          + "\(grouped(real.count)) real ones, "
          + "since both sides need equally many and the real ones also give the floor.")
    }
    for layer in space.layers where count <= layer.dimension {
      found.append(
        "\(grouped(count)) images are no more than the \(grouped(layer.dimension)) features of "
          + "\(layer.name): its covariances are "
          + "rank-deficient, so its Fréchet distance is strongly biased upwards and only compares "
          + "equal numbers."
      )
    }
    if reconstructions == nil {
      found.append("No reconstructions were given, so distances to them are missing.")
    }
    return found
  }

  /// Every metric of every layer, as JSON.
  func run() throws -> JSONValue {
    var stream = RandomStream(seed: settings.seed, purpose: "score.halves")
    let shuffled = stream.permutation(real.count)
    let halves = (Array(shuffled[..<count]), Array(shuffled[count..<2 * count]))
    let entries = try space.layers.indices.flatMap { layer in
      try Reference.allCases.flatMap { reference -> [JSONValue] in
        guard let source = reference == .real ? real : reconstructions else { return [] }
        return try measure(layer, reference, source, halves)
      }
    }
    return .array(entries)
  }

  /// The metrics of one layer against one reference.
  private func measure(
    _ layer: Int, _ reference: Reference, _ source: LoadedFeatures, _ halves: ([Int], [Int])
  ) throws -> [JSONValue] {
    let target = try source.set("\(reference.rawValue) images", layer: layer, images: halves.0)
    var sets = try generated.enumerated().map { index, features in
      try features.set(
        "images of seed \(seeds[index])", layer: layer,
        images: chosen(from: features.count, seed: seeds[index]))
    }
    let arms = sets.count
    // Floors: the other half of the same kind; of reconstructions against real images, other ones and the
    // same ones.
    sets.append(try source.set("the second half", layer: layer, images: halves.1))
    if reference == .real, let reconstructions {
      sets.append(try reconstructions.set("reconstructions", layer: layer, images: halves.1))
      sets.append(try reconstructions.set("reconstructions", layer: layer, images: halves.0))
    }
    let names = ["second_half", "reconstructions_of_second_half", "reconstructions_of_the_same"]
    let measured = try concurrently(sets.count) { index in
      try FeatureQuantities(generated: sets[index], reference: target, settings: settings)
    }
    let jackknife = try jackknifeError(Array(sets[..<arms]), target)
    return FeatureQuantities.Quantity.allCases.compactMap { quantity in
      let raw = measured[..<arms].compactMap { $0.raw[quantity] }
      let values = measured[..<arms].compactMap { $0.values[quantity] }
      guard raw.count == arms else { return nil }
      let summary = Summary(of: values)
      let floors = zip(names, measured[arms...]).compactMap { name, floor in
        floor.values[quantity].map { (name, JSONValue.number($0)) }
      }
      return .object([
        "name": .string(space.metric(quantity.symbol, space.layers[layer])),
        "quantity": .string(quantity.rawValue), "layer": .string(space.layers[layer].name),
        "dimension": .integer(space.layers[layer].dimension), "against": .string(reference.rawValue),
        "values": .array(values.map(JSONValue.number)), "raw": .array(raw.map(JSONValue.number)),
        "mean": .number(summary.mean), "standard_error": summary.standardError.map(JSONValue.number) ?? .null,
        "jackknife_error": quantity == .frechet ? jackknife.map(JSONValue.number) ?? .null : .null,
        "floors": .object(Dictionary(uniqueKeysWithValues: floors)),
      ])
    }
  }

  /// The images of one seed that take part: all, or a seeded choice of as many as the real ones allow.
  private func chosen(from available: Int, seed: UInt64) -> [Int] {
    guard available > count else { return Array(0..<available) }
    var stream = RandomStream(seed: settings.seed, purpose: "score.generated", seed)
    return stream.permutation(available).prefix(count).sorted()
  }

  /// The standard error of one seed's Fréchet distance by leaving out blocks of generated images, as root
  /// mean square over seeds; nil where the covariances are rank-deficient, since bias rules there.
  private func jackknifeError(_ sets: [FeatureSet], _ target: FeatureSet) throws -> Double? {
    let blocks = settings.jackknifeBlocks
    guard blocks > 1, count >= blocks, count - count / blocks - 1 > target.dimension else { return nil }
    let reference = try FrechetDistance.Factor(target)
    let errors = try concurrently(sets.count) { index in
      try Jackknife.standardError(count: sets[index].count, blocks: blocks, seed: settings.seed) { images in
        try FrechetDistance(FrechetDistance.Factor(sets[index].selecting(images)), reference).raw
      }
    }
    return (errors.reduce(0) { $0 + $1 * $1 } / Double(errors.count)).squareRoot()
  }
}
