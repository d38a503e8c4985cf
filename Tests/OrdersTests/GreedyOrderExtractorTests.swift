import Foundation
import Models
import Orders
import TestSupport
import Testing

@Suite struct GreedyOrderExtractorTests {
  @Test func `extracted orders and confidences equal the official fixture`() throws {
    let fixture = try FixtureFile(named: "randar-a")
    let extractor = GreedyOrderExtractor(model: try RandARFixture.model(fixture), batch: 3)
    let expected = fixture.floats("ext.conf_all")
    let results = extractor.extract(
      tokens: rows(fixture.ints("ext.tokens"), of: 16), labels: fixture.ints("ext.labels")
    ) { step, image, free, scores in
      for (location, score) in zip(free, scores) {
        #expect(abs(exp(score) - expected[(image * 16 + step) * 16 + location]) < 1e-5)
      }
    }
    #expect(results.map(\.order) == rows(fixture.ints("ext.order"), of: 16))
    #expect(largestDifference(results.flatMap(\.confidence), fixture.floats("ext.conf")) < 1e-5)
  }

  @Test func `the cached method equals asking every candidate with a full pass of its own`() throws {
    let fixture = try FixtureFile(named: "randar-a")
    let model = try RandARFixture.model(fixture)
    let tokens = rows(fixture.ints("ext.tokens"), of: 16)
    let labels = fixture.ints("ext.labels")
    let cached = GreedyOrderExtractor(model: model, batch: 3).extract(tokens: tokens, labels: labels)
    for image in 0..<3 {
      let naive = naiveOrder(model: model, tokens: tokens[image], label: labels[image])
      #expect(cached[image].order == naive.order)
      #expect(largestDifference(cached[image].confidence, naive.confidence) < 1e-5)
    }
  }

  @Test func `likelihood along an extracted order equals one teacher-forced pass`() throws {
    let fixture = try FixtureFile(named: "randar-a")
    let model = try RandARFixture.model(fixture)
    let tokens = rows(fixture.ints("ext.tokens"), of: 16)
    let labels = fixture.ints("ext.labels")
    let results = GreedyOrderExtractor(model: model, batch: 3).extract(tokens: tokens, labels: labels)
    let losses = AnyOrderPass(model: model, training: false).losses(
      of: AnyOrderBatch(
        tokens: tokens.flatMap { $0.map(Int32.init) }, labels: labels.map(Int32.init),
        orders: results.flatMap { $0.order.map(Int32.init) }))
    #expect(largestDifference(results.flatMap(\.logLikelihood), losses.map { -$0 }) < 1e-4)
  }

  @Test func `results do not depend on the batch`() throws {
    let fixture = try FixtureFile(named: "randar-a")
    let model = try RandARFixture.model(fixture)
    let tokens = (0..<20).map { image in (0..<16).map { (image * 7 + $0 * $0 * 3) % 32 } }
    let labels = (0..<20).map { $0 % 10 }
    let together = GreedyOrderExtractor(model: model, batch: 20).extract(tokens: tokens, labels: labels)
    let single = GreedyOrderExtractor(model: model, batch: 1)
    for image in 0..<20 {
      let alone = single.extract(tokens: [tokens[image]], labels: [labels[image]])
      #expect(alone[0].order == together[image].order, "image \(image)")
      // OpenBLAS's AVX2 kernels round a row differently by its place in the batch; its AVX-512 kernels do not.
      #expect(largestDifference(alone[0].confidence, together[image].confidence) < 1e-5)
    }
  }

  /// Equation (1) without cache or parallel queries: each free location is put next and scored by a full pass.
  private func naiveOrder(
    model: AnyOrderTransformer, tokens: [Int], label: Int
  ) -> (order: [Int], confidence: [Float]) {
    let pass = AnyOrderPass(model: model, training: false)
    let codes = model.configuration.codes
    var order: [Int] = []
    var confidence: [Float] = []
    while order.count < tokens.count {
      let free = (0..<tokens.count).filter { !order.contains($0) }
      let candidates = free.map { location in order + [location] + free.filter { $0 != location } }
      let logits = pass.logits(
        of: AnyOrderBatch(
          tokens: candidates.flatMap { _ in tokens.map(Int32.init) },
          labels: candidates.map { _ in Int32(label) }, orders: candidates.flatMap { $0.map(Int32.init) }))
      let scores = free.indices.map { candidate -> Float in
        let start = (candidate * tokens.count + order.count) * codes
        let row = logits[start..<start + codes]
        let top = row.max() ?? 0
        return 1 / row.reduce(0) { $0 + exp($1 - top) }
      }
      let best = scores.indices.max { scores[$0] != scores[$1] ? scores[$0] < scores[$1] : $0 > $1 } ?? 0
      order.append(free[best])
      confidence.append(scores[best])
    }
    return (order, confidence)
  }
}

func rows(_ values: [Int], of count: Int) -> [[Int]] {
  stride(from: 0, to: values.count, by: count).map { Array(values[$0..<$0 + count]) }
}
