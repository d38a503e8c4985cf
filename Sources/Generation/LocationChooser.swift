import Models
import Orders

/// Who says which locations are drawn next. The codes there are drawn by the model, whoever chose.
protocol LocationChooser: AnyObject {
  /// Forgets everything and begins with other images.
  func start(_ requests: [GenerationRequest])

  /// The next locations of every image, so many of its free ones each as `size` says.
  ///
  /// - Parameter ask: asks the model that draws for all free locations, at most once, and gives their scores by the
  ///   rule's measure of certainty, (images, free). A chooser that needs them not should not ask, since the model is then asked for the chosen
  ///   locations alone.
  func choose(_ size: StepSize, _ state: GenerationState, ask: () -> [[Float]]) -> ChosenLocations
}

/// How many locations a step takes.
enum StepSize {
  case exactly(Int)
  /// Those whose scores reach this, one at least. An image goes alone, since others would take other steps.
  case reaching(Float)

  /// - Parameter scores: (images, free).
  func count(_ scores: [[Float]]) -> Int {
    switch self {
    case .exactly(let count): return count
    case .reaching(let least):
      precondition(scores.count == 1, "an image goes alone")
      return max(scores[0].count { $0 >= least }, 1)
    }
  }

  /// Where it needs no scores.
  var given: Int? {
    switch self {
    case .exactly(let count): count
    case .reaching: nil
    }
  }
}

/// What a chooser says, (images, count).
struct ChosenLocations {
  var locations: [[Int]]
  /// log max_v p(v) at the locations as the chooser heard it; nil where it heard none.
  var scores: [[Float]]?
}

/// The orders of the requests, known locations passed over.
final class GivenOrderChooser: LocationChooser {
  func start(_ requests: [GenerationRequest]) {}

  func choose(_ size: StepSize, _ state: GenerationState, ask: () -> [[Float]]) -> ChosenLocations {
    guard let count = size.given else { preconditionFailure("a given order has no confidence") }
    return ChosenLocations(locations: state.nextGiven(count), scores: nil)
  }
}

/// The model that draws chooses by its own confidence (paper §4.5).
final class ConfidenceChooser: LocationChooser {
  private let rule: LocationRule

  init(rule: LocationRule) { self.rule = rule }

  func start(_ requests: [GenerationRequest]) {}

  func choose(_ size: StepSize, _ state: GenerationState, ask: () -> [[Float]]) -> ChosenLocations {
    state.forced(size, by: rule) ?? state.chosen(size, by: rule, ask())
  }
}

/// Another model chooses by its confidence. It has a cache of its own and sees the conditional branch alone.
final class TeacherChooser: LocationChooser {
  private let session: DecodingSession
  private let rule: LocationRule

  /// - Parameter session: of the teacher, with a sequence for each image of a batch.
  init(_ session: DecodingSession, rule: LocationRule) {
    self.session = session
    self.rule = rule
  }

  func start(_ requests: [GenerationRequest]) {
    for (image, request) in requests.enumerated() { session.start(image, request.condition) }
  }

  func choose(_ size: StepSize, _ state: GenerationState, ask: () -> [[Float]]) -> ChosenLocations {
    let images = state.requests.indices
    let forced = state.forced(size, by: rule)
    session.advance(images, placed: images.map(state.placedLast), asking: forced?.locations ?? state.free)
    let chosen = forced ?? state.chosen(size, by: rule, session.scores(rule.certainty))
    for image in images { session.commit(image, chosen.locations[image][0]) }
    return chosen
  }
}

/// A learned policy chooses. It has a cache of its own and sees the condition and what is placed, guided or not.
final class PolicyChooser: LocationChooser {
  private let policy: LearnedPolicy
  private let rule: LocationRule

  init(_ policy: LearnedPolicy, rule: LocationRule) {
    self.policy = policy
    self.rule = rule
  }

  func start(_ requests: [GenerationRequest]) {
    for (image, request) in requests.enumerated() { policy.start(image, request.condition) }
  }

  func choose(_ size: StepSize, _ state: GenerationState, ask: () -> [[Float]]) -> ChosenLocations {
    let images = state.requests.indices
    let placed = images.map(state.placedLast)
    if size.given == 1, rule == .greedy {
      let best = policy.best(images, placed: placed, free: state.free)
      return ChosenLocations(
        locations: zip(state.free, best).map { [$0[$1.index]] }, scores: nil)
    }
    let scores = policy.logProbabilities(images, placed: placed, free: state.free)
    // Its probabilities are of locations; confidences are of codes, by the model that draws.
    return ChosenLocations(locations: state.chosen(size, by: rule, scores).locations, scores: nil)
  }
}
