import Foundation
import Generation
import Kernels
import Models
import Orders
import TestSupport
import Testing

/// Completing images: the prefill in one pass, and whole edits against methods without cache.
@Suite struct TokenEditorTests {
  private static let mostLikely = TokenSampler(temperature: 0)
  private static let tokens = (0..<16).map { ($0 * 11 + $0 * $0) % 32 }
  /// Known cells, not in raster order.
  private static let known = [6, 1, 13, 4, 10]
  private static var knownTokens: KnownTokens { KnownTokens(order: known, codes: known.map { tokens[$0] }) }

  private func model() throws -> AnyOrderTransformer {
    try RandARFixture.model(try FixtureFile(named: "randar-a"))
  }

  @Test(arguments: Precision.tested)
  func `known tokens read in one pass equal those fed step by step`(precision: Precision) throws {
    let (known, tokens) = (Self.known, Self.tokens)
    let free = (0..<16).filter { !known.contains($0) }
    let session = DecodingSession(model: try model(), sequences: 2, precision: precision)
    for sequence in 0..<2 { session.start(sequence, .label(4)) }
    session.advance(
      0..<1, placed: [known.map { PlacedToken(location: $0, code: tokens[$0]) }], asking: [free])
    let together = session.logits(free.indices.map { (0, $0) })
    let inOne = (0..<free.count * 32).map { together.pointer[$0] }

    var placed: [PlacedToken] = []
    for location in known {
      session.advance(1..<2, placed: [placed], asking: [[location]])
      session.commit(1, location)
      placed = [PlacedToken(location: location, code: tokens[location])]
    }
    session.advance(1..<2, placed: [placed], asking: [free])
    let stepwise = session.logits(free.indices.map { (1, $0) })
    let inSteps = (0..<free.count * 32).map { stepwise.pointer[$0] }
    #expect(session.length(of: 0) == session.length(of: 1))
    let rounding = try RandARRounding.limits()
    expectAgreement(
      "logits behind a prefill in \(precision)", inOne, inSteps,
      within: precision == .float32 ? 1e-5 : rounding.logits)
  }

  struct Case: Sendable {
    var end: Float = 1
    var order: [Int]?
    var shape = GenerationSettings.GuidanceShape.linear
    var known = TokenEditorTests.known
  }

  @Test(arguments: [
    Case(), Case(end: 4), Case(end: 3, shape: .cosine(1)), Case(end: 3, order: Array((0..<16).reversed())),
    Case(known: [15]), Case(known: Array(1..<16)),
  ])
  func `completing an image equals the naive method`(edit: Case) throws {
    let naive = try NaiveModel()
    let codes = edit.known.map { Self.tokens[$0] }
    let settings = GenerationSettings(
      sampler: Self.mostLikely, guidanceStart: 1, guidanceEnd: edit.end, guidanceShape: edit.shape)
    let made = ImageGenerator(model: naive.model, settings: settings, batch: 1).generate([
      GenerationRequest(
        condition: .label(8), order: edit.order, known: KnownTokens(order: edit.known, codes: codes))
    ])[0]
    // The guidance ramp counts known tokens.
    let expected = naive.complete(
      8, known: edit.known, codes: codes, order: edit.order,
      scale: { Double(settings.guidance(placed: $0, of: 16)) })
    #expect(made.order == expected.order && made.tokens == expected.tokens)
    #expect(made.confidence.prefix(edit.known.count).allSatisfy { $0 == 1 })
  }

  @Test func `a teacher equal to the model completes alike`() throws {
    let settings = GenerationSettings(
      sampler: TokenSampler(temperature: 1), guidanceStart: 1.75, guidanceEnd: 1.75, steps: 9)
    let request = GenerationRequest(condition: .label(2), image: 3, seed: 1, known: Self.knownTokens)
    let alone = ImageGenerator(model: try model(), settings: settings, batch: 1).generate([request])
    let taught = ImageGenerator(model: try model(), teacher: try model(), settings: settings, batch: 1)
      .generate([request])
    #expect(alone.map(\.tokens) == taught.map(\.tokens) && alone.map(\.order) == taught.map(\.order))
  }

  private func jobs(_ count: Int) -> [TokenEditor.Job] {
    (0..<count).map { image in
      let mask = TokenMask.random(
        height: 4, width: 4, fraction: Double(image % 3 + 1) / 4, seed: 2, image: UInt64(image))
      return TokenEditor.Job(
        condition: .label(image % 10), image: UInt64(image),
        codes: (0..<16).map { mask.isKnown[$0] ? (image + $0 * 5) % 32 : nil })
    }
  }

  @Test(
    arguments: OrderPolicy.allCases.filter { $0 != .given },
    TokenEditor.KnownOrder.allCases.filter { $0 != .given })
  func `an image does not depend on those it was completed with`(
    policy: OrderPolicy, knownOrder: TokenEditor.KnownOrder
  ) throws {
    let settings = GenerationSettings(sampler: TokenSampler(), guidanceEnd: 2)
    let jobs = jobs(11)
    func complete(batch: Int, _ jobs: [TokenEditor.Job]) throws -> [GeneratedTokens] {
      try TokenEditor(
        model: model(), settings: settings, policy: policy, knownOrder: knownOrder, batch: batch
      ).complete(jobs, plan: CanvasPlan(grid: 4), seed: 7)
    }
    let together = try complete(batch: 4, jobs)
    for (index, job) in jobs.enumerated() {
      let alone = try complete(batch: 1, [job])[0]
      #expect(alone.tokens == together[index].tokens && alone.order == together[index].order)
      let known = job.codes.indices.filter { job.codes[$0] != nil }
      #expect(known.allSatisfy { alone.tokens[$0] == job.codes[$0] })
      #expect(Set(alone.order.prefix(known.count)) == Set(known))
      #expect(alone.order.sorted() == Array(0..<16))
      if knownOrder == .raster { #expect(Array(alone.order.prefix(known.count)) == known) }
    }
  }

  @Test func `known tokens in greedy order are read as equation 1 would have drawn them`() throws {
    let naive = try NaiveModel()
    let codes = (0..<16).map { Self.known.contains($0) ? Self.tokens[$0] : nil }
    let made = try TokenEditor(
      model: naive.model, settings: GenerationSettings(sampler: Self.mostLikely), policy: .greedy,
      knownOrder: .greedy, batch: 2
    ).complete(
      [TokenEditor.Job(condition: .label(1), image: 0, codes: codes)], plan: CanvasPlan(grid: 4), seed: 0)[0]
    var history: [Int] = []
    while history.count < Self.known.count {
      let free = Self.known.sorted().filter { !history.contains($0) }
      let scores = free.map { location in
        NaiveModel.softmax(naive.logits(1, history: history, tokens: Self.tokens, next: location)).max() ?? 0
      }
      history.append(free[NaiveModel.argmax(scores)])
    }
    #expect(Array(made.order.prefix(history.count)) == history)
    let rest = naive.complete(1, known: history, codes: history.map { Self.tokens[$0] })
    #expect(made.order == rest.order && made.tokens == rest.tokens)
  }

  @Test func `windows of a growing picture are completed one after the other from what overlaps them`() throws
  {
    let naive = try NaiveModel()
    let plan = CanvasPlan(grid: 4, extended: [.init(.right, 3)], stride: 2)
    #expect(plan.width == 7 && plan.windows == [.init(row: 0, column: 2), .init(row: 0, column: 3)])
    let codes = plan.placing(Self.tokens.map { Optional($0) }, grid: 4, empty: nil)
    let made = try TokenEditor(
      model: naive.model, settings: GenerationSettings(sampler: Self.mostLikely), policy: .greedy,
      knownOrder: .raster, batch: 1
    ).complete([TokenEditor.Job(condition: .label(6), image: 0, codes: codes)], plan: plan, seed: 0)[0]
    var canvas = codes
    var order = canvas.indices.filter { canvas[$0] != nil }
    for window in plan.windows {
      let cells = (0..<4).flatMap { row in (0..<4).map { row * 7 + window.column + $0 } }
      let known = (0..<16).filter { canvas[cells[$0]] != nil }
      let part = naive.complete(6, known: known, codes: known.compactMap { canvas[cells[$0]] })
      for location in part.order.dropFirst(known.count) {
        canvas[cells[location]] = part.tokens[location]
        order.append(cells[location])
      }
    }
    #expect(made.tokens == canvas.compactMap { $0 } && made.order == order)
  }
}
