import Foundation
import Orders

/// How images are generated (paper §4.5; pipeline/method/generation.md §2 to §7).
public struct GenerationSettings: Sendable {
  public enum LocationScore: String, Codable, Sendable {
    /// Locations are scored by conditional logits, untempered: the rule that made the training orders.
    case conditional
    /// Locations are scored by the guided logits.
    case guided
  }

  /// What the queries of one parallel step see of each other.
  public enum ParallelAttention: Sendable {
    /// Nothing: each sees the cache and itself (OAR, paper B.1).
    case independent
    /// The queries before them, as RandAR's own code does; for fixed orders only.
    case causal
  }

  /// How the guidance scale rises with the share t of placed tokens.
  public enum GuidanceShape: Sendable, Equatable {
    /// By t, as RandAR does.
    case linear
    /// By t^a.
    case power(Double)
    /// By (1 − cos(π · t^a)) / 2, RAR's schedule.
    case cosine(Double)

    /// How much of the rise has happened, 0 at t = 0 and 1 at t = 1.
    func share(_ t: Double) -> Double {
      switch self {
      case .linear: t
      case .power(let exponent): pow(t, exponent)
      case .cosine(let exponent): (1 - cos(.pi * pow(t, exponent))) / 2
      }
    }
  }

  public var sampler: TokenSampler
  /// Guided logits are u + s·(c − u); s rises from `guidanceStart` to `guidanceEnd` with the share of placed
  /// tokens. Equal values are a constant; guidance is off unless `guidanceEnd` exceeds 1.
  public var guidanceStart: Float
  public var guidanceEnd: Float
  public var guidanceShape: GuidanceShape
  public var locationScore: LocationScore
  /// Decoding steps for all tokens; 0 places one token a step.
  public var steps: Int
  /// How many of them a step places.
  public var stepShape: DecodingSchedule.Shape
  /// Above 0, a step places every location where the chooser's confidence reaches it, and one at least, however many
  /// `steps` there are; each image is drawn for itself.
  public var threshold: Double
  public var parallelAttention: ParallelAttention
  /// How the next locations are chosen where no order is given.
  public var locationRule: LocationRule
  /// Above 0, location and code are drawn together from as many of the largest entries of the table (free
  /// locations × codes) as this share of the codebook (paper C.7); 0 chooses the location first.
  public var jointShare: Double

  public var isGuided: Bool { guidanceEnd > 1 }

  public init(
    sampler: TokenSampler, guidanceStart: Float = 1, guidanceEnd: Float = 1,
    locationScore: LocationScore = .conditional, steps: Int = 0,
    parallelAttention: ParallelAttention = .independent, guidanceShape: GuidanceShape = .linear,
    locationRule: LocationRule = .greedy, jointShare: Double = 0, stepShape: DecodingSchedule.Shape = .cosine,
    threshold: Double = 0
  ) {
    precondition(threshold == 0 || (jointShare == 0 && locationRule == .greedy))
    self.sampler = sampler
    self.guidanceStart = guidanceStart
    self.guidanceEnd = guidanceEnd
    self.locationScore = locationScore
    self.steps = steps
    self.stepShape = stepShape
    self.threshold = threshold
    self.parallelAttention = parallelAttention
    self.guidanceShape = guidanceShape
    self.locationRule = locationRule
    self.jointShare = jointShare
  }

  /// The guidance scale of a step that begins with `placed` tokens, known ones included.
  public func guidance(placed: Int, of locations: Int) -> Float {
    if guidanceShape == .linear {
      return guidanceStart + (guidanceEnd - guidanceStart) * Float(placed) / Float(locations)
    }
    let share = guidanceShape.share(Double(placed) / Double(locations))
    return Float(Double(guidanceStart) + Double(guidanceEnd - guidanceStart) * share)
  }
}
