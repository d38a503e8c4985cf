import Generation
import Kernels
import Models
import Orders
import TestSupport
import Testing

@Suite struct ImageGeneratorTests {
  private static let mostLikely = TokenSampler(temperature: 0)

  struct OfficialCase: Sendable {
    var name: String
    var start: Float = 1
    var end: Float = 1
    var steps = 0
  }

  @Test(arguments: [
    OfficialCase(name: "seq_nocfg"),
    OfficialCase(name: "seq_cfg_const", start: 2.5, end: 2.5),
    OfficialCase(name: "seq_cfg_linear", start: 1, end: 4),
    OfficialCase(name: "par6_nocfg", steps: 6),
    OfficialCase(name: "par9_nocfg", steps: 9),
    OfficialCase(name: "par6_cfg_linear", start: 1, end: 4, steps: 6),
    OfficialCase(name: "par9_cfg_linear", start: 1, end: 4, steps: 9),
  ])
  func `generation in a given order equals RandAR's own`(official: OfficialCase) throws {
    let fixture = try FixtureFile(named: "randar-a")
    let settings = GenerationSettings(
      sampler: Self.mostLikely, guidanceStart: official.start, guidanceEnd: official.end,
      steps: official.steps,
      parallelAttention: .causal)
    let orders = rows(fixture.ints("gen.order"), of: 16)
    let requests = zip(fixture.ints("gen.labels"), orders).map {
      GenerationRequest(condition: .label($0), order: $1)
    }
    let generator = ImageGenerator(
      model: try RandARFixture.model(fixture), settings: settings, batch: requests.count)
    let results = generator.generate(requests)
    #expect(results.map(\.tokens) == rows(fixture.ints("gen.\(official.name).tokens"), of: 16))
    #expect(results.map(\.order) == orders)
  }

  /// What the model says at every step of the official generations, guided as they were.
  @Test(arguments: [
    OfficialCase(name: "seq_cfg_linear", start: 1, end: 4), OfficialCase(name: "par6_nocfg", steps: 6),
    OfficialCase(name: "par6_cfg_linear", start: 1, end: 4, steps: 6),
  ])
  func `logits along a given order equal RandAR's own`(official: OfficialCase) throws {
    let fixture = try FixtureFile(named: "randar-a")
    let model = try RandARFixture.model(fixture)
    let orders = rows(fixture.ints("gen.order"), of: 16)
    let tokens = rows(fixture.ints("gen.\(official.name).tokens"), of: 16)
    let session = DecodingSession(model: model, sequences: 2)
    var found: [Float] = []
    for (image, label) in fixture.ints("gen.labels").enumerated() {
      session.start(0, .label(label))
      session.start(1, .unconditional)
      var (placed, last) = (0, 0)
      for count in DecodingSchedule.tokensPerStep(locations: 16, steps: official.steps) {
        let next = orders[image][placed..<placed + count]
        let known = orders[image][placed - last..<placed].map {
          PlacedToken(location: $0, code: tokens[image][$0])
        }
        session.advance(
          0..<2, placed: [known, known], asking: [Array(next), Array(next)], inTurn: true)
        let logits = session.logits((0..<2 * count).map { ($0 / count, $0 % count) }).values
        let scale = official.start + (official.end - official.start) * Float(placed) / 16
        for index in 0..<count * 32 {
          let (conditional, unconditional) = (logits[index], logits[count * 32 + index])
          found.append(official.end > 1 ? unconditional + scale * (conditional - unconditional) : conditional)
        }
        // The first query saw what training shows; those behind it are fed again with their contents.
        for sequence in 0..<2 { session.commit(sequence, orders[image][placed]) }
        (placed, last) = (placed + count, count)
      }
    }
    expectAgreement(
      "logits of \(official.name)", found, fixture.floats("gen.\(official.name).logits"), within: 2.5e-5)
  }

  struct GreedyCase: Sendable {
    var name: String
    var end: Float = 4
    var score = GenerationSettings.LocationScore.conditional
    var steps = 0
  }

  @Test(arguments: [
    GreedyCase(name: "oar_seq_nocfg", end: 1),
    GreedyCase(name: "oar_seq_cfg_cond"),
    GreedyCase(name: "oar_seq_cfg_guided", score: .guided),
    GreedyCase(name: "oar_par6_cfg_cond", steps: 6),
  ])
  func `greedy generation equals an independent naive implementation`(greedy: GreedyCase) throws {
    let fixture = try FixtureFile(named: "randar-a")
    let settings = GenerationSettings(
      sampler: Self.mostLikely, guidanceStart: 1, guidanceEnd: greedy.end, locationScore: greedy.score,
      steps: greedy.steps)
    let labels = fixture.ints("ext.labels")
    let generator = ImageGenerator(
      model: try RandARFixture.model(fixture), settings: settings, batch: labels.count)
    let results = generator.generate(labels.map { GenerationRequest(condition: .label($0)) })
    #expect(results.map(\.order) == rows(fixture.ints("\(greedy.name).order"), of: 16))
    #expect(results.map(\.tokens) == rows(fixture.ints("\(greedy.name).tokens"), of: 16))
    expectAgreement(
      "confidences of \(greedy.name)", results.flatMap(\.confidence), fixture.floats("\(greedy.name).conf"),
      within: 2.5e-5)
  }

  @Test(arguments: Precision.tested)
  func `a teacher equal to the model changes nothing`(precision: Precision) throws {
    let fixture = try FixtureFile(named: "randar-a")
    let model = try RandARFixture.model(fixture)
    let settings = GenerationSettings(
      sampler: TokenSampler(temperature: 1), guidanceStart: 1.75, guidanceEnd: 1.75, steps: 9)
    let requests = (0..<5).map { GenerationRequest(condition: .label($0), image: UInt64($0), seed: 3) }
    let alone = ImageGenerator(model: model, settings: settings, batch: 5, precision: precision)
      .generate(requests)
    let taught = ImageGenerator(
      model: model, teacher: model, settings: settings, batch: 5, precision: precision
    )
    .generate(requests)
    #expect(alone.map(\.tokens) == taught.map(\.tokens))
    #expect(alone.map(\.order) == taught.map(\.order))
  }

  @Test(arguments: [false, true], Precision.tested)
  func `an image does not depend on the batch it was made in`(greedy: Bool, precision: Precision) throws {
    let fixture = try FixtureFile(named: "randar-a")
    let model = try RandARFixture.model(fixture)
    let settings = GenerationSettings(
      sampler: TokenSampler(temperature: 1, topK: 20, topP: 0.95), guidanceStart: 1, guidanceEnd: 3, steps: 9)
    let requests = (0..<20).map { image in
      GenerationRequest(
        condition: .label(image % 10),
        order: greedy ? nil : GenerationOrder.random(16, seed: 5, purpose: "test", UInt64(image)),
        image: UInt64(image), seed: 5)
    }
    let together = ImageGenerator(model: model, settings: settings, batch: 20, precision: precision)
      .generate(requests)
    let small = ImageGenerator(model: model, settings: settings, batch: 3, precision: precision)
    var apart: [GeneratedTokens] = []
    for start in stride(from: 0, to: 20, by: 3) {
      apart += small.generate(Array(requests[start..<min(start + 3, 20)]))
    }
    #expect(apart.map(\.tokens) == together.map(\.tokens))
    #expect(apart.map(\.order) == together.map(\.order))
    // OpenBLAS's AVX2 kernels round a row differently by its place in the batch; its AVX-512 kernels do not.
    let tolerance: Float = precision == .float32 ? 1e-5 : 0
    #expect(largestDifference(apart.flatMap(\.confidence), together.flatMap(\.confidence)) <= tolerance)
    for image in together { #expect(image.order.sorted() == Array(0..<16)) }
  }
}
