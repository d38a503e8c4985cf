import Foundation
import Kernels
import Models
import Orders
import TestSupport
import Testing
import Training

/// Policies in training, and how well they follow orders.
@Suite struct PolicyTrainingTests {
  private static let model = FourBlockModel.model

  /// Images of the small model's grid with the orders that it extracts.
  private static let data: TokenDataset = {
    let tokens = (0..<40).map { image in (0..<16).map { (image * 13 + $0 * $0 * 3) % 50 } }
    let orders = GreedyOrderExtractor(model: model, batch: 40).extract(
      tokens: tokens, conditions: (0..<40).map { .label($0 % 5) })
    return TokenDataset(
      sampleIDs: (0..<40).map { $0 }, labels: (0..<40).map { UInt32($0 % 5) },
      tokens: tokens.flatMap { $0.map(UInt16.init) }, orders: orders.flatMap { $0.order.map(UInt16.init) },
      locations: 16)
  }()

  private func policy() -> AnyOrderTransformer {
    let sizes = OrderPolicyConfiguration(
      width: 32, layers: 2, heads: 2, hidden: 64, for: Self.model.configuration)
    let policy = AnyOrderTransformer(configuration: sizes.transformer)
    policy.initialise(seed: 4)
    return policy
  }

  @Test func `a policy learns orders: from chance, to knowing those that it saw`() {
    let policy = policy()
    let settings = TrainingSettings(
      objective: .orders, steps: 250, batch: 40, learningRate: 4e-3, warmup: 10, tokenDropout: 0,
      residualDropout: 0, feedForwardDropout: 0, classDropout: 0)
    let trainer = AnyOrderTrainer(model: policy, settings: settings, data: Self.data)
    let first = trainer.takeStep()
    // Among n free locations the surprise of chance is ln n.
    let chance = (1...16).reduce(0.0) { $0 + log(Double($1)) } / 16
    #expect(abs(first.loss - chance) < 1e-5)
    var last = first
    while trainer.step < 250 { last = trainer.takeStep() }
    #expect(last.loss < 0.1 && last.textLoss == nil)
    let found = PolicyAgreement(of: policy, judgedBy: Self.model, along: Self.data, images: 0..<40)
    #expect(found.top1 > 0.97 && found.top5 > 0.999 && found.tau > 0.9 && found.regret < 0.01)
    #expect(abs(found.loss * 15 / 16 - last.loss) < 0.05)
  }

  @Test func `agreement is what its definition says, whatever the number of images`() {
    let policy = SmallPolicy.model
    let (found, all) = (
      PolicyAgreement(of: policy, judgedBy: Self.model, along: Self.data, images: 3..<40),
      (3..<40).map { image in
        PolicyAgreement(of: policy, judgedBy: Self.model, along: Self.data, images: image..<image + 1)
      }
    )
    for (whole, single) in [
      (found.top1, all.map(\.top1)), (found.top5, all.map(\.top5)), (found.loss, all.map(\.loss)),
      (found.regret, all.map(\.regret)), (found.tau, all.map(\.tau)),
    ] {
      #expect(abs(whole - single.reduce(0, +) / 37) < 1e-9)
    }
    // One image by hand.
    let image = 11
    let (codes, order) = (Self.data.codes(of: image), Self.data.order(of: image))
    let logits = AnyOrderPass(model: policy, training: false).logits(
      of: AnyOrderBatch(tokens: codes, conditions: [.label(image % 5)], orders: order))
    var scores: [[Float]] = []
    _ = GreedyOrderExtractor(model: Self.model, batch: 1).extract(
      tokens: [codes], conditions: [.label(image % 5)]
    ) { _, _, locations, found in
      scores.append((0..<16).map { location in locations.firstIndex(of: location).map { found[$0] } ?? 0 })
    }
    var (top1, top5, loss, regret) = (0.0, 0.0, 0.0, 0.0)
    for step in 0..<15 {
      let free = order[step...].sorted()
      let row = free.map { Double(logits[step * 16 + $0]) }
      let sum = row.reduce(0) { $0 + exp($1) }
      let ranked = free.indices.sorted { row[$0] != row[$1] ? row[$0] > row[$1] : $0 < $1 }
      let place = ranked.firstIndex { free[$0] == order[step] } ?? 99
      top1 += place == 0 ? 1 : 0
      top5 += place < 5 ? 1 : 0
      loss -= log(exp(row[ranked[place]]) / sum)
      regret += Double(scores[step][order[step]] - scores[step][free[ranked[0]]])
    }
    let single = all[image - 3]
    #expect(single.top1 == top1 / 15 && single.top5 == top5 / 15)
    #expect(abs(single.loss - loss / 15) < 1e-5 && abs(single.regret - regret / 15) < 1e-5)
    #expect(single.top1 < 1 && single.regret > 0)
  }

  @Test func `some images keep their captions, codes and orders`() throws {
    var captions = CaptionSet(length: 2, vocabularySize: 9)
    captions.append(counts: [1, 0, 2], tokens: [1, 2, 3, 4, 5, 6])
    let data = TokenDataset(
      sampleIDs: [10, 11, 12], labels: [0, 1, 2], tokens: [1, 2, 3, 4, 5, 6], locations: 2, captions: captions
    )
    let some = data.images([2, 0], withOrders: [1, 0, 0, 1])
    #expect(some.sampleIDs == [12, 10] && some.labels == [2, 0] && some.tokens == [5, 6, 1, 2])
    #expect(some.order(of: 0) == [1, 0] && some.order(of: 1) == [0, 1])
    #expect(some.condition(of: 0) == data.condition(of: 2) && some.condition(of: 1) == data.condition(of: 0))
    #expect(some.condition(of: 0) == .text([3, 4]))
  }
}
