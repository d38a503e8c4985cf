import Foundation
import Kernels
import Models
import Randomness

/// Generates token images: in a fixed order, greedily (content and location together), or greedily with a
/// teacher that chooses every location while the model fills it (paper §4.5;
/// pipeline/method/generation.md §1, §2, §5). Tokens that an image has already are read in one causal pass
/// before the rest is drawn.
///
/// With guidance every image has two sequences: image i is conditional, images + i sees the null class.
public final class ImageGenerator {
  let settings: GenerationSettings
  let configuration: AnyOrderConfiguration
  let session: DecodingSession
  private let batch: Int
  /// Who chooses locations where no order is given.
  private let chooser: any LocationChooser
  private let givenOrder = GivenOrderChooser()

  /// - Parameters:
  ///   - teacher: chooses locations when no order is given; nil lets the model choose for itself.
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
      if let teacher {
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
    session.reset()
    let chooser: any LocationChooser = first.order == nil ? chooser : givenOrder
    chooser.reset()
    var state = GenerationState(requests: requests, configuration: configuration)
    let schedule = DecodingSchedule.tokensPerStep(
      locations: configuration.locations, steps: settings.steps, placed: first.known.count)
    for count in schedule {
      if settings.jointShare > 0 && first.order == nil {
        drawTogether(count: count, state: &state)
        continue
      }
      var asked = false
      let chosen = chooser.choose(count, state) {
        asked = true
        return askAll(state)
      }
      place(asked ? answer(state, chosen) : fill(state, chosen), count: count, state: &state)
    }
    precondition(state.free.allSatisfy(\.isEmpty), "every location is filled")
    return state.results
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
    let offsets: [[Int]]
    if settings.parallelAttention == .causal {
      offsets = askCausally(state, locations)
    } else {
      ask(state, branches(images), locations)
      offsets = locations.map { $0.indices.map { session.causalRows + $0 } }
    }
    let step = Step(
      chosen: chosen, conditional: read(0..<images, offsets),
      unconditional: settings.isGuided ? read(images..<2 * images, offsets) : nil)
    if settings.parallelAttention == .independent {
      for sequence in branches(images) { session.commit(sequence, query: 0) }
    }
    return step
  }

  /// Whether guided logits make the score of a location, for which both branches are asked for all of them.
  private var scoreIsGuided: Bool { settings.isGuided && settings.locationScore == .guided }

  /// Asks the model for all free locations, and gives their log scores, (images, free). Unless guided logits make the
  /// score, only the conditional branch is asked.
  private func askAll(_ state: GenerationState) -> [[Float]] {
    let images = state.requests.count
    ask(state, scoreIsGuided ? branches(images) : 0..<images, state.free)
    return scoreIsGuided ? guidedScores(state) : Array(session.logConfidences().prefix(images))
  }

  /// Fills locations that were chosen from the answers of `askAll`; the null branch, if it was not asked, is asked for
  /// them alone.
  private func answer(_ state: GenerationState, _ chosen: ChosenLocations) -> Step {
    let images = 0..<state.requests.count
    let null = images.count..<2 * images.count
    let queries = images.map { image in
      chosen.locations[image].compactMap { state.free[image].firstIndex(of: $0) }
    }
    let offsets = queries.map { $0.map { session.causalRows + $0 } }
    var step = Step(
      chosen: chosen, conditional: read(images, offsets),
      unconditional: scoreIsGuided ? read(null, offsets) : nil)
    for image in images {
      session.commit(image, query: queries[image][0])
      if scoreIsGuided { session.commit(images.count + image, query: queries[image][0]) }
    }
    if settings.isGuided && !scoreIsGuided {
      ask(state, null, chosen.locations)
      step.unconditional = read(null, chosen.locations.map { $0.indices.map { session.causalRows + $0 } })
      for sequence in null { session.commit(sequence, query: 0) }
    }
    return step
  }

  func ask(_ state: GenerationState, _ sequences: Range<Int>, _ locations: [[Int]]) {
    let images = state.requests.count
    session.advance(
      sequences,
      causal: sequences.map {
        state.rows($0 % images, nullClass: $0 < images ? nil : configuration.nullClass)
      },
      queries: sequences.map { locations[$0 % images] })
  }

  /// RandAR's own parallel step: queries see the ones before them. Only the first, whose context was clean, stays;
  /// the others are fed again behind their contents. Returns the queries' row offsets.
  private func askCausally(_ state: GenerationState, _ locations: [[Int]]) -> [[Int]] {
    let images = state.requests.count
    let sequences = branches(images)
    let kept = state.rows(0, nullClass: nil).count
    session.advance(
      sequences,
      causal: sequences.map { sequence in
        state.rows(sequence % images, nullClass: sequence < images ? nil : configuration.nullClass)
          + locations[sequence % images].map { .position($0) }
      }, queries: sequences.map { _ in [] })
    for sequence in sequences {
      let extra = locations[sequence % images].count - 1
      session.truncate(sequence, to: session.length(of: sequence) - extra)
    }
    return locations.map { $0.indices.map { kept + $0 } }
  }

  func read(_ sequences: Range<Int>, _ offsets: [[Int]]) -> Tensor {
    session.logits(
      sequences.enumerated().flatMap { index, sequence in offsets[index].map { (sequence, $0) } })
  }

  /// log max_v p(v) of the guided logits at every free location.
  private func guidedScores(_ state: GenerationState) -> [[Float]] {
    let images = state.requests.count
    let scale = settings.guidance(placed: state.placed, of: configuration.locations)
    return (0..<images).map { image in
      let offsets = [state.free[image].indices.map { session.causalRows + $0 }]
      let logits = guided(
        read(image..<image + 1, offsets), read(images + image..<images + image + 1, offsets), scale: scale)
      return RowScores.logConfidences(logits, rows: state.free[image].count)
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
      ?? RowScores.logConfidences(step.conditional, rows: state.requests.count * count)
    for image in state.requests.indices {
      let request = state.requests[image]
      var stream = RandomStream(
        seed: request.seed, purpose: "sample.token", request.image, UInt64(state.placed), request.window)
      for (offset, location) in step.chosen.locations[image].enumerated() {
        let row = image * count + offset
        let code = settings.sampler.draw(
          UnsafeBufferPointer(start: logits.row(row), count: configuration.codes), uniform: stream.uniform())
        state.place(image, code: code, location: location, confidence: exp(scores[row]))
      }
    }
    state.finishStep(count)
  }
}
