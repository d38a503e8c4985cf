import Foundation
import Generation
import Kernels
import Models
import Orders
import TestSupport
import Testing

/// Generation by the two caches against `t2i-a` and `t2i-c`.
@Suite struct TextToImageGenerationTests {
  @Test(
    arguments: TextToImageFixture.names, [("generate_argmax", 0.0), ("generate_argmax_lambda0.5", 0.5)])
  func `greedy images of the likeliest codes are the reference's`(
    name: String, generation: (run: String, weight: Double)
  ) throws {
    let fixture = try TextToImageFixture(name)
    let settings = GenerationSettings(
      sampler: TokenSampler(temperature: 0), locationRule: LocationRule(distanceWeight: generation.weight))
    let results = ImageGenerator(model: fixture.model(), settings: settings, batch: fixture.count)
      .generate((0..<fixture.count).map { GenerationRequest(condition: fixture.condition($0)) })
    for (image, result) in results.enumerated() {
      let expected = try #require(fixture.run(generation.run, image))
      #expect(result.order == expected.order)
      #expect(result.order.map { result.tokens[$0] } == expected.codesInOrder)
      let confidence = try #require(expected.confidence).map { Float($0) }
      #expect(largestDifference(result.confidence, confidence) < 7e-6)
    }
  }

  /// A given order draws the images that choosing it draws.
  @Test(arguments: TextToImageFixture.names)
  func `the order that was chosen, when given, gives the same codes`(name: String) throws {
    let fixture = try TextToImageFixture(name)
    let requests = try (0..<fixture.count).map { image in
      GenerationRequest(
        condition: fixture.condition(image), order: try #require(fixture.run("generate_argmax", image)).order)
    }
    let results = ImageGenerator(
      model: fixture.model(), settings: GenerationSettings(sampler: TokenSampler(temperature: 0)),
      batch: fixture.count
    ).generate(requests)
    for (image, result) in results.enumerated() {
      #expect(
        result.order.map { result.tokens[$0] } == fixture.run("generate_argmax", image)?.codesInOrder)
    }
  }

  /// The greedy loop with what chance the fixture wrote down.
  private func greedy(
    _ fixture: TextToImageFixture, _ image: Int,
    draw: (Int, Tensor, [Int], [Float]) -> [(query: Int, code: Int)]
  ) throws -> [PlacedToken] {
    let session = DecodingSession(model: fixture.model(), sequences: 1)
    session.start(0, fixture.condition(image))
    var free = Array(0..<fixture.locations)
    var (all, last): ([PlacedToken], [PlacedToken]) = ([], [])
    var step = 0
    while !free.isEmpty {
      session.advance(0..<1, placed: [last], asking: [free])
      let logits = session.logits(free.indices.map { (0, $0) })
      let drawn = draw(step, logits, free, session.logConfidences()[0])
      last = drawn.map { PlacedToken(location: free[$0.query], code: $0.code) }
      session.commit(0, last[0].location)
      all += last
      free.removeAll { location in last.contains { $0.location == location } }
      step += 1
    }
    return all
  }

  private func row(_ logits: Tensor, _ index: Int) -> UnsafeBufferPointer<Float> {
    UnsafeBufferPointer(start: logits.row(index), count: logits.columns)
  }

  @Test(arguments: TextToImageFixture.names)
  func `Gumbel noise on the k largest logits draws the reference's codes`(name: String) throws {
    let fixture = try TextToImageFixture(name)
    for image in 0..<fixture.count {
      let expected = try #require(fixture.run("generate_gumbel", image))
      let uniforms = fixture.file.floats("generate_gumbel.\(image).uniform")
      let sampler = TokenSampler(temperature: 1, topK: try #require(expected.topK), noise: .gumbel)
      let placed = try greedy(fixture, image) { step, logits, _, scores in
        let query = scores.firstIndex(of: scores.max() ?? 0) ?? 0
        var index = step * logits.columns
        let code = sampler.draw(
          row(logits, query),
          gumbel: {
            defer { index += 1 }
            return Double(uniforms[index])
          })
        return [(query, code)]
      }
      #expect(placed.map(\.location) == expected.order)
      #expect(placed.map(\.code) == expected.codesInOrder)
    }
  }

  @Test(arguments: TextToImageFixture.names)
  func `several cells a step are the reference's`(name: String) throws {
    let fixture = try TextToImageFixture(name)
    for image in 0..<fixture.count {
      let expected = try #require(fixture.run("generate_parallel", image))
      let schedule = try #require(expected.schedule)
      let placed = try greedy(fixture, image) { step, logits, _, scores in
        LocationChoice.best(scores, count: schedule[step]).map { query in
          let values = row(logits, query)
          return (query, values.firstIndex(of: values.max() ?? 0) ?? 0)
        }
      }
      #expect(placed.map(\.location) == expected.order)
      #expect(placed.map(\.code) == expected.codesInOrder)
    }
  }

  @Test(arguments: TextToImageFixture.names)
  func `location and code together are the reference's`(name: String) throws {
    let fixture = try TextToImageFixture(name)
    for image in 0..<fixture.count {
      let expected = try #require(fixture.run("generate_joint", image))
      let uniforms = fixture.file.floats("generate_joint.\(image).uniform")
      let kept = try #require(expected.topK)
      let placed = try greedy(fixture, image) { step, logits, free, _ in
        let values = UnsafeBufferPointer(start: logits.pointer, count: free.count * logits.columns)
        let table = JointTable(logits: values, codes: logits.columns)
        let noisy = table.largest(kept).map { entry -> (score: Double, entry: JointTable.Entry) in
          let place = (step * fixture.locations + free[entry.row]) * logits.columns + entry.code
          return (Double(entry.logProbability) - log(-log(Double(uniforms[place]))), entry)
        }
        let best = noisy.max { $0.score < $1.score }
        return [(best?.entry.row ?? 0, best?.entry.code ?? 0)]
      }
      #expect(placed.map(\.location) == expected.order)
      #expect(placed.map(\.code) == expected.codesInOrder)
    }
  }
}
