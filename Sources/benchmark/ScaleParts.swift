import Files
import Generation
import Kernels
import Models
import Orders
import Training

/// The parts of the scale check. Each makes its own buffers and gives them back.
struct ScaleParts {
  struct Row {
    let name: String
    let seconds: Double
    let operations: Double
    let peakBytes: Int

    var json: JSONValue {
      [
        "name": .string(name), "seconds": .number(seconds), "operations": .number(operations),
        "peak_bytes": .integer(peakBytes),
      ]
    }
  }

  let model: RandomModel
  let precision: Precision

  private var sizes: AnyOrderConfiguration { model.configuration }
  var parameters: Int { model.transformer.parameterCount }

  /// Random weights.
  func start() throws -> Row {
    try measured("weights", operations: 0) { _ = model.transformer }
  }

  /// One image in a random order.
  func sample(steps: Int) throws -> Row {
    let name = "sample one image, \(steps == 0 ? sizes.locations : steps) steps"
    return try measured(name, operations: sizes.orderedOperations) {
      let settings = GenerationSettings(sampler: TokenSampler(temperature: 1), steps: steps)
      let generator = ImageGenerator(
        model: model.transformer, settings: settings, batch: 1, precision: precision)
      _ = generator.generate([
        GenerationRequest(condition: model.condition(0), order: model.order(0), image: 0, seed: 1)
      ])
    }
  }

  /// The order of one image; with `steps` above 0 its first steps, and the time of all in proportion to the
  /// operations.
  func extract(steps: Int) throws -> Row {
    let (tokens, condition) = (model.images(1).tokens, model.condition(0))
    guard steps > 0, steps < sizes.locations else {
      return try measured("extract one image", operations: sizes.greedyOperations) {
        let extractor = GreedyOrderExtractor(model: model.transformer, batch: 1, precision: precision)
        _ = extractor.extract(tokens: tokens, conditions: [condition])
      }
    }
    let part = try measured("", operations: 0) { firstSteps(steps, tokens[0], condition) }
    let share = sizes.greedyOperations(steps: 0..<steps) / sizes.greedyOperations
    return Row(
      name: "extract one image, extrapolated from its first \(steps) of \(sizes.locations) steps",
      seconds: part.seconds / share, operations: sizes.greedyOperations, peakBytes: part.peakBytes)
  }

  /// The first steps of an extraction, choosing in raster order: the cost does not depend on the choice.
  private func firstSteps(_ count: Int, _ tokens: [Int], _ condition: Condition) {
    let session = DecodingSession(model: model.transformer, sequences: 1, precision: precision)
    session.start(0, condition)
    for step in 0..<count {
      let placed = (0..<step).suffix(1).map { PlacedToken(location: $0, code: tokens[$0]) }
      session.advance(0..<1, placed: [placed], asking: [Array(step..<sizes.locations)])
      _ = session.logConfidences()
      session.commit(0, step)
    }
  }

  /// One training step, once everything is planned: gradients of `batch` images, moments and update.
  func train(batch: Int) throws -> Row {
    ResidentMemory.resetPeak()
    let trainer = AnyOrderTrainer(
      model: model.transformer,
      settings: TrainingSettings(objective: .random, steps: 1000, batch: batch, learningRate: 1e-5),
      data: model.dataset(batch), precision: precision)
    let seconds = Stopwatch.seconds { _ = trainer.takeStep() }
    return Row(
      name: "train step, batch \(batch)", seconds: seconds,
      operations: Double(batch) * sizes.trainingOperations, peakBytes: ResidentMemory.peak)
  }

  private func measured(_ name: String, operations: Double, _ body: () throws -> Void) throws -> Row {
    ResidentMemory.resetPeak()
    let seconds = try Stopwatch.seconds(body)
    return Row(name: name, seconds: seconds, operations: operations, peakBytes: ResidentMemory.peak)
  }
}
