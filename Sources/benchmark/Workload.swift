import Foundation
import Kernels
import Models
import Orders
import Randomness
import Training

/// The pieces of work that are timed, each with the arithmetic it cannot avoid.
struct Workload {
  struct Row {
    let name: String
    let rate: Double
    let unit: String
    /// Rate in units of 10⁹ useful operations: two per weight and token-forward, attention included.
    let gigaflops: Double
  }

  let model: AnyOrderTransformer
  let batch: Int
  let images: Int
  let repetitions: Int

  private var configuration: AnyOrderConfiguration { model.configuration }
  private var locations: Int { configuration.locations }

  func measure() -> [Row] {
    var rows = [trainingStep()]
    rows.append(extraction())
    rows.append(sampling("sampling, random order", greedy: false, guidance: 1))
    rows.append(sampling("sampling, random, guided", greedy: false, guidance: 4))
    rows.append(sampling("sampling, greedy", greedy: true, guidance: 1))
    rows.append(sampling("sampling, greedy, guided", greedy: true, guidance: 4))
    return rows
  }

  /// Operations of one token's way through all blocks, with `context` rows to attend to.
  private func blockOperations(context: Double) -> Double {
    let width = Double(configuration.width)
    let weights = 4 * width * width + 3 * width * Double(configuration.hidden)
    return Double(configuration.layers) * (2 * weights + 4 * width * context)
  }

  private var headOperations: Double { 2 * Double(configuration.width) * Double(configuration.codes) }

  private func trainingStep() -> Row {
    let (tokens, labels) = randomImages(4 * batch)
    let data = TokenDataset(
      sampleIDs: (0..<UInt64(4 * batch)).map { $0 }, labels: labels.map(Int32.init),
      tokens: tokens.flatMap { $0.map(UInt16.init) }, locations: locations)
    let settings = TrainingSettings(objective: .random, steps: 1_000_000, batch: batch, learningRate: 1e-5)
    let trainer = AnyOrderTrainer(model: model, settings: settings, data: data)
    let seconds = median { _ = trainer.takeStep() }
    let rowsPerImage = Double(configuration.sequenceLength)
    let perImage =
      rowsPerImage * blockOperations(context: rowsPerImage / 2) + Double(locations) * headOperations
    return Row(
      name: "training step, batch \(batch)", rate: Double(batch * locations) / seconds,
      unit: "image tokens/s",
      gigaflops: 3 * perImage * Double(batch) / seconds / 1e9)
  }

  private func extraction() -> Row {
    let (tokens, labels) = randomImages(images)
    let extractor = GreedyOrderExtractor(model: model, batch: images)
    let seconds = median { _ = extractor.extract(tokens: tokens, labels: labels) }
    return Row(
      name: "extraction, batch \(images)", rate: Double(images) / seconds, unit: "images/s",
      gigaflops: greedyOperations * Double(images) / seconds / 1e9)
  }

  /// Σ over steps of 1 content row and N − i queries: N(N + 3)/2 token-forwards (spec/class-conditional §4.7).
  private var greedyOperations: Double {
    (0..<locations).reduce(0) { total, step in
      let rows = Double(locations - step + 1)
      return total + rows * blockOperations(context: Double(2 * step + 2)) + (rows - 1) * headOperations
    }
  }

  private var orderedOperations: Double {
    2 * Double(locations) * blockOperations(context: Double(locations)) + Double(locations) * headOperations
  }

  private func sampling(_ name: String, greedy: Bool, guidance: Float) -> Row {
    let settings = GenerationSettings(
      sampler: TokenSampler(temperature: 1), guidanceStart: 1, guidanceEnd: guidance)
    let generator = ImageGenerator(model: model, settings: settings, batch: images)
    let requests = (0..<images).map { image in
      GenerationRequest(
        label: image % configuration.classes,
        order: greedy ? nil : GenerationOrder.random(locations, seed: 1, purpose: "benchmark", UInt64(image)),
        image: UInt64(image), seed: 1)
    }
    let seconds = median { _ = generator.generate(requests) }
    var operations = greedy ? greedyOperations : orderedOperations
    if guidance > 1 { operations += orderedOperations }
    return Row(
      name: "\(name), batch \(images)", rate: Double(images) / seconds, unit: "images/s",
      gigaflops: operations * Double(images) / seconds / 1e9)
  }

  private func randomImages(_ count: Int) -> (tokens: [[Int]], labels: [Int]) {
    var stream = RandomStream(seed: 3, purpose: "benchmark.tokens")
    let tokens = (0..<count).map { _ in (0..<locations).map { _ in stream.below(configuration.codes) } }
    return (tokens, (0..<count).map { _ in stream.below(configuration.classes) })
  }

  /// Seconds of the median repetition, after one that is not counted.
  private func median(_ body: () -> Void) -> Double { Timing.median(repetitions, body) }
}

enum Timing {
  static func median(_ repetitions: Int, _ body: () -> Void) -> Double {
    body()
    let clock = ContinuousClock()
    let times = (0..<max(repetitions, 1)).map { _ in clock.measure(body) / .seconds(1) }.sorted()
    return times[times.count / 2]
  }
}

/// The fastest this machine multiplies large float32 matrices, with the same library and threads.
enum PeakProduct {
  static func gigaflops(repetitions: Int) -> Double {
    let size = 2048
    let (a, b, c) = (Tensor(size, size), Tensor(size, size), Tensor(size, size))
    a.fill(0.5)
    b.fill(0.25)
    let seconds = Timing.median(repetitions) { multiply(a, .asIs, b, .transposed, into: c) }
    return 2 * Double(size * size * size) / seconds / 1e9
  }
}

extension AnyOrderTransformer {
  /// A head that tells codes apart; trained models start from zeros, which would make every confidence equal.
  static func randomHead(_ configuration: AnyOrderConfiguration, seed: UInt64) -> Tensor {
    var stream = RandomStream(seed: seed, purpose: "benchmark.head")
    let shape = [configuration.codes, configuration.width]
    return Tensor(shape, values: stream.normals(shape[0] * shape[1], deviation: 0.02))
  }
}
