import Layers
import Models
import TestSupport
import Testing
import Training

/// Which weights a run publishes: the last, their average, or those of its best validation.
@Suite struct WeightKeepingTests {
  private static func settings(average: Double? = nil, keep: TrainingSettings.Keep? = nil) -> TrainingSettings
  {
    TrainingSettings(
      objective: .random, steps: 12, batch: 4, learningRate: 4e-3, warmup: 0, seed: 5, validateEvery: 3,
      validateImages: 2, average: average, keep: keep)
  }

  private func trainer(_ settings: TrainingSettings) -> AnyOrderTrainer {
    let model = AnyOrderTransformer(configuration: DistinctImages.configuration)
    model.fillForTests(seed: 2)
    return AnyOrderTrainer(model: model, settings: settings, data: DistinctImages.data)
  }

  private func values(_ trainer: AnyOrderTrainer) -> [Float] {
    trainer.model.parameters.flatMap { $0.value.values }
  }

  @Test func `an average follows its formula and leaves the training alone`() {
    let plain = trainer(Self.settings())
    let averaged = trainer(Self.settings(average: 0.6))
    var mean = values(plain).map(Double.init)
    for step in 1...12 {
      _ = plain.takeStep()
      _ = averaged.takeStep()
      let now = values(plain)
      let same = values(averaged) == now
      #expect(same, "an average changes nothing of what is learned")
      let decay = min(0.6, Double(1 + step) / Double(10 + step))
      for index in mean.indices { mean[index] = decay * mean[index] + (1 - decay) * Double(now[index]) }
      let measured = averaged.keeping.measuring { values(averaged) }
      expectAgreement("the average", measured, mean.map(Float.init), within: 1e-6)
      let isBack = values(averaged) == now
      #expect(isBack, "measuring ends with the weights in training")
    }
    let last = values(averaged)
    averaged.keeping.publish()
    expectAgreement("what is published", values(averaged), mean.map(Float.init), within: 1e-6)
    let differs = values(averaged) != last
    #expect(differs)
  }

  @Test func `the weights of the lowest number are kept, the first on ties`() {
    let run = trainer(Self.settings(keep: .best))
    var seen: [[Float]] = []
    for (index, bits) in [5.0, 4.5, 4.5, 4.75].enumerated() {
      for _ in 0..<3 { _ = run.takeStep() }
      run.keeping.measuring { run.keeping.offer(bits, step: run.step) }
      seen.append(values(run))
      #expect(run.keeping.state?.lowest == (index == 0 ? 5 : 4.5))
      #expect(run.keeping.state?.step == (index == 0 ? 3 : 6))
    }
    run.keeping.publish()
    let isSecond = values(run) == seen[1]
    #expect(isSecond)
  }

  @Test func `the best average is kept where there is an average`() {
    let run = trainer(Self.settings(average: 0.9, keep: .best))
    for _ in 0..<5 { _ = run.takeStep() }
    let best = run.keeping.measuring {
      run.keeping.offer(3, step: 5)
      return values(run)
    }
    for _ in 0..<5 { _ = run.takeStep() }
    run.keeping.measuring { run.keeping.offer(4, step: 10) }
    run.keeping.publish()
    let isBest = values(run) == best
    #expect(isBest)
  }

  @Test func `a run continued from its copies and state publishes the same`() {
    let settings = Self.settings(average: 0.8, keep: .best)
    func validate(_ run: AnyOrderTrainer) {
      run.keeping.measuring { run.keeping.offer(Double((run.step * 7) % 5), step: run.step) }
    }
    let whole = trainer(settings)
    for step in 1...12 {
      _ = whole.takeStep()
      if step % 3 == 0 { validate(whole) }
    }
    let first = trainer(settings)
    for step in 1...7 {
      _ = first.takeStep()
      if step % 3 == 0 { validate(first) }
    }
    let second = trainer(settings)
    for (own, other) in zip(second.model.parameters, first.model.parameters) {
      own.value.copy(from: other.value)
    }
    for (own, other) in zip(second.optimizer.momentParameters, first.optimizer.momentParameters) {
      own.value.copy(from: other.value)
    }
    #expect(Set(first.keeping.copies.keys) == ["average", "best"])
    for (name, parameters) in first.keeping.copies {
      for (own, other) in zip(second.keeping.copies[name] ?? [], parameters) {
        #expect(own.name == other.name)
        own.value.copy(from: other.value)
      }
    }
    second.resume(after: 7, keeping: first.keeping.state)
    for step in 8...12 {
      _ = second.takeStep()
      if step % 3 == 0 { validate(second) }
    }
    whole.keeping.publish()
    second.keeping.publish()
    #expect(second.keeping.state == whole.keeping.state)
    let isSame = values(second) == values(whole)
    #expect(isSame)
  }

  @Test func `copies are the same for any number of threads`() {
    let (alone, others) = ThreadCounts.results(attempts: 2) {
      let run = trainer(Self.settings(average: 0.7))
      for _ in 0..<4 { _ = run.takeStep() }
      run.keeping.publish()
      return values(run)
    }
    #expect(!alone.isEmpty && others.isEmpty)
  }
}
