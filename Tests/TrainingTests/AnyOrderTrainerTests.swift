import Foundation
import Kernels
import Models
import TestSupport
import Testing
import Training

@Suite struct AnyOrderTrainerTests {
  private static let configuration = AnyOrderConfiguration(
    width: 32, layers: 2, heads: 4, hidden: 64, codes: 12, classes: 3, gridHeight: 3, gridWidth: 3)

  /// Images whose codes follow from their class and location, so that a model can learn them.
  private static let data = TokenDataset(
    sampleIDs: (0..<60).map { $0 }, labels: (0..<60).map { UInt32($0 % 3) },
    tokens: (0..<60).flatMap { image in (0..<9).map { UInt16((image % 3) * 4 + $0 % 4) } },
    orders: (0..<60).flatMap { _ in (0..<9).reversed().map { UInt16($0) } }, locations: 9)

  private func trainer(_ settings: TrainingSettings) -> AnyOrderTrainer {
    let model = AnyOrderTransformer(configuration: Self.configuration)
    model.initialise(seed: 4)
    return AnyOrderTrainer(model: model, settings: settings, data: Self.data)
  }

  @Test func `the first loss is the logarithm of the codebook size and training lowers it`() {
    let trainer = trainer(
      TrainingSettings(objective: .random, steps: 120, batch: 12, learningRate: 3e-3, warmup: 10))
    let first = trainer.takeStep()
    #expect(abs(first.loss - log(12)) < 1e-5)
    var last = first
    while trainer.step < 120 { last = trainer.takeStep() }
    #expect(last.loss < 0.8)
    #expect(last.step == 120)
  }

  @Test func `stopping and continuing ends with the same bytes`() {
    let settings = TrainingSettings(objective: .random, steps: 20, batch: 7, learningRate: 1e-3, warmup: 3)
    let straight = trainer(settings)
    while straight.step < 20 { _ = straight.takeStep() }
    let first = trainer(settings)
    while first.step < 9 { _ = first.takeStep() }
    let second = trainer(settings)
    for (to, from) in zip(second.model.parameters, first.model.parameters) { to.value.copy(from: from.value) }
    for (to, from) in zip(second.optimizer.moments, first.optimizer.moments) {
      to.first.copy(from: from.first)
      to.second.copy(from: from.second)
    }
    second.resume(after: 9)
    while second.step < 20 { _ = second.takeStep() }
    for (a, b) in zip(straight.model.parameters, second.model.parameters) {
      #expect(a.value.values == b.value.values, "\(a.name)")
    }
  }

  @Test(arguments: Precision.tested)
  func `the number of threads does not change a bit`(precision: Precision) {
    let configuration = AnyOrderConfiguration(
      width: 32, layers: 5, heads: 4, hidden: 64, codes: 12, classes: 3, gridHeight: 3, gridWidth: 3)
    let settings = TrainingSettings(objective: .random, steps: 5, batch: 200, learningRate: 1e-3)
    let (_, others) = ThreadCounts.results(attempts: 3) { () -> [Float] in
      let model = AnyOrderTransformer(configuration: configuration)
      model.initialise(seed: 4)
      let trainer = AnyOrderTrainer(model: model, settings: settings, data: Self.data, precision: precision)
      while trainer.step < 5 { _ = trainer.takeStep() }
      let bits = Likelihood(model: model, precision: precision).means(of: 0..<60, in: Self.data)
      return model.parameters.flatMap { $0.value.values } + [Float(bits.raster), Float(bits.random)]
    }
    for other in others { Issue.record("\(other.threads) threads train another model") }
  }

  @Test func `annealing goes from random to extracted orders`() {
    let settings = TrainingSettings(
      objective: .orders, steps: 100, batch: 10, learningRate: 1e-3, annealingStart: 20, annealingEnd: 60)
    let assignment = OrderAssignment(settings)
    #expect(assignment.randomShare(at: 0) == 1 && assignment.randomShare(at: 19) == 1)
    #expect(assignment.randomShare(at: 40) == 0.5)
    #expect(assignment.randomShare(at: 60) == 0 && assignment.randomShare(at: 99) == 0)
    let stored = Array((0..<9).reversed())
    func share(_ step: Int) -> Double {
      var order = [Int](repeating: -1, count: 9)
      let random = (0..<60).filter { image in
        order.withUnsafeMutableBufferPointer {
          assignment.writeOrder(of: image, in: Self.data, step: step, into: $0)
        }
        return order != stored
      }
      return Double(random.count) / 60
    }
    #expect(share(5) == 1 && share(80) == 0)
    #expect((0.25...0.75).contains(share(40)))
    #expect(
      OrderAssignment(TrainingSettings(objective: .orders, steps: 9, batch: 1, learningRate: 1)).randomShare(
        at: 0) == 0)
  }
}
