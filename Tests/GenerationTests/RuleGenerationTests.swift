import Generation
import Kernels
import Layers
import Models
import Orders
import TestSupport
import Testing

/// Drawing by the rules that made training orders: an image drawn by a rule has the very order that the rule extracts of
/// it, since both see the same tokens.
@Suite struct RuleGenerationTests {
  private static let rules: [(name: String, rule: LocationRule)] = [
    ("entropy", LocationRule(certainty: .entropy)), ("margin", LocationRule(certainty: .margin)),
    ("frontier", LocationRule(restraint: .frontier)),
    ("anchor", LocationRule(restraint: .anchor(order: Array((0..<16).reversed()), price: 0.3))),
    ("rows", LocationRule(restraint: .blocks(height: 1, width: 4))),
    ("blocks", LocationRule(certainty: .margin, restraint: .blocks(height: 3, width: 2))),
  ]

  private func requests(_ known: KnownTokens = .none) -> [GenerationRequest] {
    (0..<6).map { GenerationRequest(condition: .label($0), image: UInt64($0), seed: 3, known: known) }
  }

  /// Another model of the same sizes.
  private static func other() -> AnyOrderTransformer {
    let model = AnyOrderTransformer(configuration: RuleGenerationTests.model.configuration)
    for (index, parameter) in model.parameters.enumerated() where parameter.value.rows > 1 {
      parameter.value.copy(from: randomTensor(parameter.value.shape, seed: UInt64(index), deviation: 0.2))
    }
    return model
  }

  private static let model: AnyOrderTransformer = {
    guard let naive = try? NaiveModel() else { preconditionFailure("the fixture is there") }
    return naive.model
  }()

  @Test(arguments: rules.map(\.name), [false, true])
  func `what is drawn by a rule has the order that the rule extracts`(name: String, taught: Bool) throws {
    let rule = try #require(Self.rules.first { $0.name == name }).rule
    let teacher = taught ? Self.other() : nil
    let settings = GenerationSettings(sampler: TokenSampler(), locationRule: rule)
    let generator = ImageGenerator(model: Self.model, teacher: teacher, settings: settings, batch: 6)
    let made = generator.generate(requests())
    let extracted = GreedyOrderExtractor(model: teacher ?? Self.model, rule: rule, batch: 6).extract(
      tokens: made.map(\.tokens), conditions: requests().map(\.condition))
    #expect(made.map(\.order) == extracted.map(\.order))
    let plain = ImageGenerator(
      model: Self.model, teacher: teacher, settings: GenerationSettings(sampler: TokenSampler()), batch: 6)
    #expect(plain.generate(requests()).map(\.order) != made.map(\.order), "the rule makes a difference here")
    // Confidences are the drawing model's, of codes, whoever chose by whatever.
    let own = GreedyOrderExtractor(model: Self.model, rule: rule, batch: 6).extract(
      tokens: made.map(\.tokens), conditions: requests().map(\.condition))
    if !taught {
      expectAgreement(
        "confidences", made.flatMap(\.confidence), own.flatMap(\.confidence), within: 1e-5)
    }
    // Images do not depend on those beside them.
    #expect(generator.generate([requests()[4]])[0].order == made[4].order)
  }

  @Test func `guided scores go by the rule too`() {
    let rule = LocationRule(certainty: .entropy)
    func draw(_ score: GenerationSettings.LocationScore, _ rule: LocationRule) -> [[Int]] {
      let settings = GenerationSettings(
        sampler: TokenSampler(temperature: 0), guidanceStart: 3, guidanceEnd: 3, locationScore: score,
        locationRule: rule)
      return ImageGenerator(model: Self.model, settings: settings, batch: 6).generate(requests()).map(\.order)
    }
    #expect(draw(.guided, rule) != draw(.guided, .greedy))
    #expect(draw(.guided, rule) != draw(.conditional, rule))
  }

  @Test func `several locations a step keep to a restraint`() {
    for (name, rule) in Self.rules where rule.restraint != .none {
      let settings = GenerationSettings(sampler: TokenSampler(), steps: 5, locationRule: rule)
      let made = ImageGenerator(model: Self.model, settings: settings, batch: 6).generate(requests())
      for image in made {
        #expect(image.order.sorted() == Array(0..<16))
        guard case .frontier = rule.restraint else { continue }
        for step in 1..<16 {
          let location = image.order[step]
          #expect(
            image.order[..<step].contains {
              abs($0 / 4 - location / 4) + abs($0 % 4 - location % 4) == 1
            }, "\(name), step \(step)")
        }
      }
      guard name == "rows" else { continue }
      for image in made {
        for row in rows(image.order, of: 4) { #expect(Set(row.map { $0 / 4 }).count == 1) }
      }
    }
  }

  @Test func `a frontier grows from known tokens`() {
    let known = KnownTokens(order: [5, 6], codes: [1, 2])
    let settings = GenerationSettings(
      sampler: TokenSampler(), locationRule: LocationRule(restraint: .frontier))
    let made = ImageGenerator(model: Self.model, settings: settings, batch: 6).generate(requests(known))
    for image in made { #expect([1, 2, 4, 7, 9, 10].contains(image.order[2])) }
  }
}
