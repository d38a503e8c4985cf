import Communication
import Foundation
import Kernels
import Models
import TestSupport
import Testing
import Training

/// Several ranks train as one does: the same bytes for any number of them, and each keeps its share of the moments.
@Suite struct RanksTests {
  private typealias Images = DistinctImages

  /// Wide enough that some parameters have several blocks.
  private static let configuration = AnyOrderConfiguration(
    width: 160, layers: 2, heads: 4, hidden: 256, codes: 66, classes: Images.count, gridHeight: 2,
    gridWidth: 3)

  private static func settings(
    groups: Int?, sum: TrainingSettings.Sum? = nil, optimizer: TrainingSettings.Optimizer = .adamw
  ) -> TrainingSettings {
    TrainingSettings(
      objective: .random, steps: 3, batch: 8, learningRate: 2e-3, clip: 0.05, seed: 5, optimizer: optimizer,
      average: 0.9, groups: groups, sum: sum)
  }

  private struct Outcome: Equatable, Sendable {
    var losses: [Double] = []
    var norms: [Double] = []
    var values: [[Float]] = []
    /// Moments by name, and where each piece begins.
    var moments: [String: [Int: [Float]]] = [:]
    var averages: [[Float]] = []
  }

  private static func train(_ settings: TrainingSettings, ranks: Int, precision: Precision = .float32)
    -> [Outcome]
  {
    ThreadRanks.run(ranks) { ranks in
      let model = AnyOrderTransformer(configuration: configuration)
      model.fillForTests(seed: 2)
      let trainer = AnyOrderTrainer(
        model: model, settings: settings, data: Images.data, precision: precision, ranks: ranks)
      var outcome = Outcome()
      for _ in 0..<settings.steps {
        let report = trainer.takeStep()
        outcome.losses.append(report.loss)
        outcome.norms.append(report.gradientNorm)
      }
      outcome.values = model.parameters.map(\.value.values)
      for piece in trainer.optimizer.momentPieces {
        outcome.moments[piece.name, default: [:]][piece.start] = Array(piece.values)
      }
      outcome.averages = trainer.keeping.copies["average"]?.map(\.value.values) ?? []
      return outcome
    }
  }

  @Test(arguments: [TrainingSettings.Optimizer.adamw, .muon])
  func `any number of ranks gives the bytes of one`(optimizer: TrainingSettings.Optimizer) {
    let settings = Self.settings(groups: 8, optimizer: optimizer)
    let alone = Self.train(settings, ranks: 1)[0]
    #expect(Set(alone.losses).count == 3)
    for count in [2, 4, 8] {
      let found = Self.train(settings, ranks: count)
      for (rank, one) in found.enumerated() {
        #expect(
          one.values == alone.values && one.losses == alone.losses && one.norms == alone.norms,
          "\(rank) of \(count)")
      }
      // The first alone keeps the average; every moment is somewhere, and equal.
      #expect(found[0].averages == alone.averages && found[1].averages.isEmpty)
      var seen = 0
      for one in found {
        for (name, pieces) in one.moments {
          let whole = alone.moments[name]?[0] ?? []
          for (start, values) in pieces {
            #expect(values.elementsEqual(whole[start..<start + values.count]), "\(name) from \(start)")
            seen += values.count
          }
        }
      }
      #expect(seen == 2 * alone.values.reduce(0) { $0 + $1.count })
    }
  }

  @Test func `groups are added as a binary tree`() {
    let settings = Self.settings(groups: 4)
    let model = AnyOrderTransformer(configuration: Self.configuration)
    model.fillForTests(seed: 2)
    let pass = AnyOrderPass(model: model, capacity: 2, training: true)
    let batch = Images.batch(settings, step: 0)
    let dropouts = DropoutPlan(
      rates: DropoutRates(token: 0.1, residual: 0.1, feedForward: 0.1), layers: 2, seed: settings.seed,
      step: 0)
    let leaves = (0..<4).map { group in
      model.arena.gradients.fill(0)
      _ = pass.accumulateGradients(
        of: batch, dropouts: dropouts, share: BatchShare(2 * group..<2 * group + 2, continues: group > 0))
      return model.arena.gradients.values
    }
    model.arena.gradients.fill(0)
    let gradients = BatchGradients(
      model, settings, ranks: Alone(), optimizer: AdamW(parameters: model.parameters, weightDecay: 0))
    let losses = gradients.accumulate(batch, dropouts: dropouts)
    let tree = leaves[0].indices.map { (leaves[0][$0] + leaves[1][$0]) + (leaves[2][$0] + leaves[3][$0]) }
    // Said apart from the expectation, which would take minutes to show how long arrays differ.
    let isTree = model.arena.gradients.values == tree
    #expect(isTree)
    // Another tree would have been noticed, and so would a batch that is not split.
    #expect(tree != leaves[0].indices.map { leaves[0][$0] + leaves[1][$0] + leaves[2][$0] + leaves[3][$0] })
    model.arena.gradients.fill(0)
    #expect(pass.accumulateGradients(of: batch, dropouts: dropouts).codes == losses.codes)
    let whole = model.arena.gradients.values
    #expect(whole != tree)
    #expect(zip(whole, tree).allSatisfy { abs($0 - $1) < 1e-5 })
  }

  @Test func `the library's sum is that of all images too`() {
    let alone = Self.train(Self.settings(groups: nil), ranks: 1)[0]
    for one in Self.train(Self.settings(groups: nil, sum: .plain), ranks: 4) {
      #expect(abs(one.losses[0] - alone.losses[0]) < 1e-6)
      for (values, others) in zip(one.values, alone.values) {
        #expect(zip(values, others).allSatisfy { abs($0 - $1) < 2e-4 })
      }
    }
  }

  @Test(arguments: [2, 4]) func `every rank has its share of the moments`(count: Int) {
    let found = Self.train(Self.settings(groups: 8), ranks: count)
    let sizes = found.map { $0.moments.values.reduce(0) { $0 + $1.values.reduce(0) { $0 + $1.count } } }
    let even = sizes.reduce(0, +) / count
    #expect(sizes.allSatisfy { $0 < 2 * even && $0 > 0 }, "\(sizes)")
  }

  @Test func `settings say what ranks can share`() {
    #expect(Self.settings(groups: 8).problem(ranks: 8) == nil)
    #expect(Self.settings(groups: 4).problem(ranks: 8)?.key == "groups")
    #expect(Self.settings(groups: nil).problem(ranks: 2)?.found == "nothing, which is 1")
    #expect(Self.settings(groups: nil, sum: .plain).problem(ranks: 8) == nil)
    #expect(Self.settings(groups: nil, sum: .plain).problem(ranks: 16)?.key == "batch")
    #expect(Self.settings(groups: 3).problems.map(\.key) == ["groups"])
    #expect(Self.settings(groups: 16).problems.map(\.key) == ["groups"])
    #expect(Self.settings(groups: 8, sum: .plain).problems.map(\.key) == ["groups"])
  }
}
