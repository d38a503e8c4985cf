import Layers

/// Which weights a run publishes: the last ones or an average over steps, at the end or at the best validation
/// (pipeline/method/transformer.md §10).
///
/// The average is m ← d·m + (1 − d)·w after every step, with d = min(`average`, (1 + t)/(10 + t)) at step t, so that it
/// forgets the first weights soon. With `keep: best` the weights of the validation with the lowest number are kept.
public final class WeightKeeping {
  /// What a checkpoint keeps besides copies of weights.
  public struct State: Codable, Sendable, Equatable {
    /// The lowest number that was offered, and after which step.
    public let lowest: Double
    public let step: Int
  }

  private let decay: Double
  private let average: WeightCopy?
  private let best: WeightCopy?
  /// The validation whose weights are kept; nil while there was none, or where the last ones are kept.
  public private(set) var state: State?

  /// - Parameter parameters: with the initial weights, which copies begin with where no checkpoint is continued.
  public init(_ parameters: [Parameter], _ settings: TrainingSettings) {
    decay = settings.average ?? 0
    average = decay > 0 ? WeightCopy(of: parameters) : nil
    best = settings.keep == .best ? WeightCopy(of: parameters) : nil
  }

  /// Copies that a checkpoint saves and restores, by the name of their table.
  public var copies: [String: [Parameter]] {
    var copies: [String: [Parameter]] = [:]
    copies["average"] = average?.parameters
    copies["best"] = best?.parameters
    return copies
  }

  public func restore(_ state: State?) { self.state = state }

  /// Goes on to the average, after so many completed steps.
  public func add(step: Int) {
    average?.approach(by: Float(1 - min(decay, Double(1 + step) / Double(10 + step))))
  }

  /// Looks at the weights that would be published now: the model has them meanwhile.
  public func measuring<Result>(_ body: () throws -> Result) rethrows -> Result {
    average?.exchange()
    defer { average?.exchange() }
    return try body()
  }

  /// Keeps the weights that the model has, if a number is lower than all before.
  public func offer(_ number: Double, step: Int) {
    guard let best, number < state?.lowest ?? .infinity else { return }
    best.take()
    state = State(lowest: number, step: step)
  }

  /// Gives the model the weights that are published.
  public func publish() { (state == nil ? average : best ?? average)?.exchange() }
}
