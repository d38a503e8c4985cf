import Models
import Randomness
import Training

/// Eleven images of 2x3 tokens that cannot be taken for each other: each has its own label and sample id, codes that no
/// other has, and an order that differs from all others, from raster order, from its reverse and from its own inverse.
enum DistinctImages {
  static let count = 11
  static let locations = 6

  static let configuration = AnyOrderConfiguration(
    width: 16, layers: 2, heads: 2, hidden: 24, codes: 66, classes: count, gridHeight: 2, gridWidth: 3)

  static let orders: [[Int]] = {
    var found: [[Int]] = []
    var number: UInt64 = 0
    while found.count < count {
      var stream = RandomStream(seed: 1, purpose: "test.orders", number)
      let order = stream.permutation(locations)
      number += 1
      var inverse = order
      for (step, location) in order.enumerated() { inverse[location] = step }
      let plain = Array(0..<locations)
      if ![plain, plain.reversed(), inverse].contains(order), !found.contains(order), !found.contains(inverse)
      {
        found.append(order)
      }
    }
    return found
  }()

  static let data = TokenDataset(
    sampleIDs: (0..<count).map { 1000 + 37 * UInt64($0) }, labels: (0..<count).map(UInt32.init),
    tokens: (0..<count * locations).map { UInt16($0) }, orders: orders.flatMap { $0.map { UInt16($0) } },
    locations: locations)

  /// The images of a step: epochs are keyed shuffles, laid end to end.
  static func images(_ settings: TrainingSettings, step: Int) -> [Int] {
    (step * settings.batch..<(step + 1) * settings.batch).map { position in
      var stream = RandomStream(seed: settings.seed, purpose: "train.shuffle", UInt64(position / count))
      return stream.permutation(count)[position % count]
    }
  }

  /// The share of random orders, from the definition of annealing.
  static func randomShare(_ settings: TrainingSettings, step: Int) -> Double {
    guard settings.objective != .random else { return 1 }
    guard let start = settings.annealingStart, let end = settings.annealingEnd, end > 0 else { return 0 }
    if step < start { return 1 }
    return step >= end ? 0 : Double(end - step) / Double(end - start)
  }

  /// The order of an image at a step, and whether it is a random one.
  static func order(_ settings: TrainingSettings, step: Int, image: Int) -> (order: [Int], isRandom: Bool) {
    var stream = RandomStream(
      seed: settings.seed, purpose: "train.order", UInt64(step), 1000 + 37 * UInt64(image))
    let share = randomShare(settings, step: step)
    // A coin is tossed only where both outcomes are possible.
    if share == 1 { return (stream.permutation(locations), true) }
    if share > 0, stream.uniform() < share { return (stream.permutation(locations), true) }
    return (settings.objective == .orders ? orders[image] : Array(0..<locations), false)
  }

  /// The batch of a step, told again from the documentation of its random streams.
  static func batch(_ settings: TrainingSettings, step: Int) -> AnyOrderBatch {
    let images = images(settings, step: step)
    return AnyOrderBatch(
      tokens: images.flatMap { image in (0..<locations).map { image * locations + $0 } },
      labels: images.map { image in
        var stream = RandomStream(
          seed: settings.seed, purpose: "train.class", UInt64(step), 1000 + 37 * UInt64(image))
        return stream.uniform() < settings.classDropout ? AnyOrderBatch.unconditional : image
      },
      orders: images.flatMap { order(settings, step: step, image: $0).order })
  }

  /// Settings whose batches go through an epoch every two or three steps.
  static func settings(
    _ objective: TrainingSettings.Objective, classDropout: Double = 0, seed: UInt64 = 3,
    annealing: ClosedRange<Int>? = nil
  ) -> TrainingSettings {
    TrainingSettings(
      objective: objective, steps: 40, batch: 4, learningRate: 1e-3, classDropout: classDropout, seed: seed,
      annealingStart: annealing?.lowerBound, annealingEnd: annealing?.upperBound)
  }
}
