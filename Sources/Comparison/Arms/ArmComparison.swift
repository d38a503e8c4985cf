import Features
import Files
import Metrics
import Randomness

/// Compares generated with real images by their features, at equal numbers on both sides.
///
/// Real images are split in two halves by a seeded permutation. The first half is what everything is compared
/// with; the second half, as if it had been generated, gives the floor: what a perfect generator would score.
/// The same is done with reconstructions, since a tokenizer's error can hide the model's.
struct ArmComparison {
  let settings: ScoreSection
  let real: LoadedFeatures
  let reconstructions: LoadedFeatures?
  /// Generated features by sampling seed.
  let generated: [LoadedFeatures]
  let seeds: [UInt64]

  /// Images on either side of every comparison.
  var count: Int { min(generated.map(\.count).min() ?? 0, real.count / 2) }
  private var space: FeatureSpace { real.space }

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

  /// Every metric of every layer.
  func entries() throws -> [ArmRecord.Entry] {
    var stream = RandomStream(seed: settings.seed, purpose: "score.halves")
    let shuffled = stream.permutation(real.count)
    let halves = (Array(shuffled[..<count]), Array(shuffled[count..<2 * count]))
    return try space.layers.indices.flatMap { layer in
      try ArmRecord.Reference.allCases.flatMap { reference -> [ArmRecord.Entry] in
        guard let source = reference == .real ? real : reconstructions else { return [] }
        return try entries(layer, reference, source, halves)
      }
    }
  }

  /// The metrics of one layer against one reference.
  private func entries(
    _ layer: Int, _ reference: ArmRecord.Reference, _ source: LoadedFeatures, _ halves: ([Int], [Int])
  ) throws -> [ArmRecord.Entry] {
    let target = try source.set("\(reference.rawValue) images", layer: layer, images: halves.0)
    let arms = try generated.enumerated().map { index, features in
      try features.set(
        "images of seed \(seeds[index])", layer: layer,
        images: chosen(from: features.count, seed: seeds[index]))
    }
    let floors = try floors(layer, reference, source, halves)
    var measurement = LayerMeasurement(
      space, layer: layer, reference: LayerSide(target),
      generated: (arms + floors.map(\.set)).map { LayerSide($0) }, settings: MeasurementSettings(settings))
    var found = [Quantity: Measured]()
    for metric in metrics {
      for measured in try measurement.measure(metric) { found[measured.quantity] = measured }
    }
    let jackknife = try jackknifeError(&measurement, arms.count)
    return Quantity.allCases.compactMap { quantity in
      guard let measured = found[quantity] else { return nil }
      let spread = SeedSpread(Array(measured.values[..<arms.count]))
      let values = zip(floors, measured.values[arms.count...]).map { ($0.floor.rawValue, $1) }
      return ArmRecord.Entry(
        name: measurement.name(of: quantity), quantity: quantity, layer: space.layers[layer].name,
        dimension: space.layers[layer].dimension, against: reference, values: spread.values,
        raw: Array(measured.raw[..<arms.count]), mean: spread.mean, standardError: spread.standardError,
        jackknifeError: quantity == .frechet ? jackknife : nil,
        floors: Dictionary(uniqueKeysWithValues: values))
    }
  }

  private var metrics: [Metric] {
    [.fid, .precisionRecall, .densityCoverage, .kid] + (settings.kernelSubsets > 0 ? [.kidSubsets] : [])
  }

  /// The other half of the same kind; of reconstructions against real images, other ones and the same ones.
  private func floors(
    _ layer: Int, _ reference: ArmRecord.Reference, _ source: LoadedFeatures, _ halves: ([Int], [Int])
  ) throws -> [(floor: ArmRecord.Floor, set: FeatureSet)] {
    let half = try source.set("the second half", layer: layer, images: halves.1)
    guard reference == .real, let reconstructions else { return [(.secondHalf, half)] }
    return [
      (.secondHalf, half),
      (
        .reconstructionsOfSecondHalf,
        try reconstructions.set("reconstructions", layer: layer, images: halves.1)
      ),
      (
        .reconstructionsOfTheSame,
        try reconstructions.set("reconstructions", layer: layer, images: halves.0)
      ),
    ]
  }

  /// The images of one seed that take part: all, or a seeded choice of as many as the real ones allow.
  private func chosen(from available: Int, seed: UInt64) -> [Int] {
    guard available > count else { return Array(0..<available) }
    var stream = RandomStream(seed: settings.seed, purpose: "score.generated", seed)
    return stream.permutation(available).prefix(count).sorted()
  }

  /// The standard error of one seed's Fréchet distance by leaving out blocks of generated images, as root
  /// mean square over seeds; nil where there are fewer images than blocks or bias rules.
  private func jackknifeError(_ measurement: inout LayerMeasurement, _ seeds: Int) throws -> Double? {
    guard count >= settings.jackknifeBlocks else { return nil }
    var squares = 0.0
    for index in 0..<seeds {
      guard let error = try measurement.standardErrors(.fid, ofSet: index)?.first else { return nil }
      squares += error * error
    }
    return (squares / Double(seeds)).squareRoot()
  }
}
