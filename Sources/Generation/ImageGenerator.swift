import Foundation
import Kernels
import Models
import Orders
import Randomness

/// Generates token images: in a fixed order, greedily (content and location together), or greedily with a
/// teacher that chooses every location while the model fills it (paper §4.5;
/// pipeline/method/generation.md §1, §2, §5). Tokens that an image has already are read in one causal pass
/// before the rest is drawn.
///
/// With guidance every image has two sequences: image i sees its condition, images + i none.
public final class ImageGenerator {
  let settings: GenerationSettings
  let configuration: AnyOrderConfiguration
  let session: DecodingSession
  private let batch: Int
  /// Who chooses locations where no order is given.
  private let chooser: any LocationChooser
  private let givenOrder = GivenOrderChooser()

  /// - Parameters:
  ///   - teacher: chooses locations when no order is given; nil lets the model choose for itself. One that
  ///     predicts locations is a policy.
  ///   - batch: images generated together; results do not depend on it.
  ///   - precision: one of `Precision.available`, of the model and the teacher.
  public init(
    model: AnyOrderTransformer, teacher: AnyOrderTransformer? = nil, settings: GenerationSettings, batch: Int,
    precision: Precision = .float32
  ) {
    self.settings = settings
    self.batch = batch
    configuration = model.configuration
    session = DecodingSession(
      model: model, sequences: settings.isGuided ? 2 * batch : batch, precision: precision)
    chooser =
      if let teacher, teacher.configuration.predicts == .locations {
        PolicyChooser(
          LearnedPolicy(teacher, images: batch, precision: precision), rule: settings.locationRule)
      } else if let teacher {
        TeacherChooser(
          DecodingSession(model: teacher, sequences: batch, precision: precision), rule: settings.locationRule
        )
      } else {
        ConfidenceChooser(rule: settings.locationRule)
      }
  }

  /// Generates at most `batch` images; either all requests carry an order or none does, and all have equally
  /// many known tokens. Every location is filled.
  public func generate(_ requests: [GenerationRequest]) -> [GeneratedTokens] {
    guard let first = requests.first else { return [] }
    precondition(requests.count <= batch && requests.allSatisfy { ($0.order == nil) == (first.order == nil) })
    precondition(requests.allSatisfy { $0.known.count == first.known.count }, "equally many known tokens")
    if settings.threshold > 0 && first.order == nil { return requests.map(whileSure) }
    let chooser: any LocationChooser = first.order == nil ? chooser : givenOrder
    var state = start(requests, chooser)
    let schedule = DecodingSchedule.tokensPerStep(
      locations: configuration.locations, steps: settings.steps, placed: first.known.count,
      shape: settings.stepShape)
    for count in schedule {
      if settings.jointShare > 0 && first.order == nil {
        drawTogether(count: count, state: &state)
      } else {
        step(.exactly(count), chooser, &state)
      }
    }
    precondition(state.free.allSatisfy(\.isEmpty), "every location is filled")
    return state.results
  }

  /// One image, by steps that take all that the chooser is sure of.
  private func whileSure(_ request: GenerationRequest) -> GeneratedTokens {
    let least = Float(log(settings.threshold))
    var state = start([request], chooser)
    while !state.free[0].isEmpty { step(.reaching(least), chooser, &state) }
    return state.results[0]
  }

  private func start(_ requests: [GenerationRequest], _ chooser: any LocationChooser) -> GenerationState {
    for (image, request) in requests.enumerated() {
      session.start(image, request.condition)
      if settings.isGuided { session.start(requests.count + image, .unconditional) }
    }
    chooser.start(requests)
    return GenerationState(requests: requests, configuration: configuration)
  }

  /// One step of choosing locations first and then drawing their codes.
  private func step(_ size: StepSize, _ chooser: any LocationChooser, _ state: inout GenerationState) {
    var asked = false
    let chosen = chooser.choose(size, state) {
      asked = true
      return askAll(state)
    }
    place(
      asked ? answer(state, chosen) : fill(state, chosen), count: chosen.locations[0].count, state: &state)
  }

  /// What one decoding step drew from; logits have a row for every (image, location).
  private struct Step {
    var chosen: ChosenLocations
    var conditional: Tensor
    var unconditional: Tensor?
  }

  // MARK: asking

  func branches(_ images: Int) -> Range<Int> { 0..<(settings.isGuided ? 2 * images : images) }

  /// Asks the model for the chosen locations in both branches.
  private func fill(_ state: GenerationState, _ chosen: ChosenLocations) -> Step {
    let images = state.requests.count
    let locations = chosen.locations
    // In RandAR's own parallel step queries see the ones before them.
    ask(state, branches(images), locations, inTurn: settings.parallelAttention == .causal)
    let queries = locations.map { Array($0.indices) }
    let step = Step(
      chosen: chosen, conditional: read(0..<images, queries),
      unconditional: settings.isGuided ? read(images..<2 * images, queries) : nil)
    for sequence in branches(images) { session.commit(sequence, locations[sequence % images][0]) }
    return step
  }

  /// Whether guided logits make the score of a location, for which both branches are asked for all of them.
  private var scoreIsGuided: Bool { settings.isGuided && settings.locationScore == .guided }

  /// Asks the model for all free locations, and gives their scores, (images, free). Unless guided logits make the
  /// score, only the conditional branch is asked.
  private func askAll(_ state: GenerationState) -> [[Float]] {
    let images = state.requests.count
    ask(state, scoreIsGuided ? branches(images) : 0..<images, state.free)
    return scoreIsGuided
      ? guidedScores(state) : Array(session.scores(settings.locationRule.certainty).prefix(images))
  }

  /// Fills locations that were chosen from the answers of `askAll`; the null branch, if it was not asked, is asked for
  /// them alone.
  private func answer(_ state: GenerationState, _ chosen: ChosenLocations) -> Step {
    let images = 0..<state.requests.count
    let null = images.count..<2 * images.count
    let queries = images.map { image in
      chosen.locations[image].compactMap { state.free[image].firstIndex(of: $0) }
    }
    var step = Step(
      chosen: chosen, conditional: read(images, queries),
      unconditional: scoreIsGuided ? read(null, queries) : nil)
    for image in images {
      session.commit(image, chosen.locations[image][0])
      if scoreIsGuided { session.commit(images.count + image, chosen.locations[image][0]) }
    }
    if settings.isGuided && !scoreIsGuided {
      ask(state, null, chosen.locations)
      step.unconditional = read(null, chosen.locations.map { Array($0.indices) })
      for image in images { session.commit(images.count + image, chosen.locations[image][0]) }
    }
    return step
  }

  func ask(
    _ state: GenerationState, _ sequences: Range<Int>, _ locations: [[Int]], inTurn: Bool = false
  ) {
    let images = state.requests.count
    session.advance(
      sequences, placed: sequences.map { state.placedLast($0 % images) },
      asking: sequences.map { locations[$0 % images] }, inTurn: inTurn)
  }

  /// Logits at queries of sequences, each an index among the locations asked for.
  func read(_ sequences: Range<Int>, _ queries: [[Int]]) -> Tensor {
    session.logits(
      sequences.enumerated().flatMap { index, sequence in queries[index].map { (sequence, $0) } })
  }

  /// How certain guided logits are at every free location.
  private func guidedScores(_ state: GenerationState) -> [[Float]] {
    let images = state.requests.count
    let scale = settings.guidance(placed: state.placed, of: configuration.locations)
    return (0..<images).map { image in
      let queries = [Array(state.free[image].indices)]
      let logits = guided(
        read(image..<image + 1, queries), read(images + image..<images + image + 1, queries), scale: scale)
      return RowScores.of(logits, rows: state.free[image].count, by: settings.locationRule.certainty)
    }
  }

  func guided(_ conditional: Tensor, _ unconditional: Tensor?, scale: Float) -> Tensor {
    guard let unconditional else { return conditional }
    let result = Tensor(conditional.shape)
    for index in 0..<result.count {
      let base = unconditional.pointer[index]
      result.pointer[index] = base + scale * (conditional.pointer[index] - base)
    }
    return result
  }

  // MARK: placing

  private func place(_ step: Step, count: Int, state: inout GenerationState) {
    let scale = settings.guidance(placed: state.placed, of: configuration.locations)
    let logits = guided(step.conditional, step.unconditional, scale: scale)
    let scores =
      step.chosen.scores?.flatMap { $0 }
      ?? RowScores.of(step.conditional, rows: state.requests.count * count)
    for image in state.requests.indices {
      let request = state.requests[image]
      var stream = RandomStream(
        seed: request.seed, purpose: "sample.token", request.image, UInt64(state.placed), request.window)
      for (offset, location) in step.chosen.locations[image].enumerated() {
        let row = image * count + offset
        let code = settings.sampler.draw(
          UnsafeBufferPointer(start: logits.row(row), count: configuration.codes), stream: &stream)
        state.place(image, code: code, location: location, confidence: exp(scores[row]))
      }
    }
    state.finishStep(count)
  }
}
