import Foundation

/// Linear warm-up, then a fall from the peak to a share of it: the one schedule of everything that is trained.
public struct LearningRateSchedule: Sendable {
  /// How the rate falls behind the warm-up.
  public enum Fall: Sendable, Equatable {
    /// Along a cosine from the first step on.
    case cosine
    /// Not at all, and linearly in this share of the run at its end (warm-up, stable, decay).
    case late(share: Double)
  }

  /// How the warm-up of W steps begins.
  ///
  /// Tokenizers and transformers differ in it, and in how the share of the cosine is written: the two are equal but
  /// for the last bits of a rate. Each keeps its own, so that the same settings go on giving the same bytes.
  public enum WarmUp: Sendable {
    /// The rate of step t is t/W of the peak: the first step changes nothing
    /// (transformers, pipeline/method/transformer.md §10).
    case fromZero
    /// The rate of step t is (t + 1)/W of the peak: the last step of the warm-up has the whole peak
    /// (image tokenizers, pipeline/method/tokenizer.md §7).
    case fromFirstShare
  }

  /// The largest rate.
  public let peak: Double
  /// Share of the peak that the cosine ends at, f.
  public let finalShare: Double
  /// Steps of warm-up, W.
  public let warmup: Int
  /// Steps of the whole run, T.
  public let steps: Int
  public let begins: WarmUp
  public let falls: Fall

  public init(
    peak: Double, finalShare: Double, warmup: Int, steps: Int, begins: WarmUp, falls: Fall = .cosine
  ) {
    self.peak = peak
    self.finalShare = finalShare
    self.warmup = warmup
    self.steps = steps
    self.begins = begins
    self.falls = falls
  }

  /// The rate of step t = 0, 1, …: a share of the peak during warm-up, then f + (1 − f)·(1 + cos πp)/2 of it with
  /// p = (t − W)/(T − W) the share done; or the peak until the last D = ⌈share · T⌉ steps, then linearly to f at step T.
  public func rate(at step: Int) -> Double {
    if step < warmup {
      let risen = begins == .fromZero ? step : step + 1
      return peak * Double(risen) / Double(warmup)
    }
    if case .late(let share) = falls {
      let late = max(Int((share * Double(steps)).rounded(.up)), 1)
      let gone = min(max(Double(step - (steps - late)) / Double(late), 0), 1)
      return peak * (1 - (1 - finalShare) * gone)
    }
    let progress = min(Double(step - warmup) / Double(max(steps - warmup, 1)), 1)
    let cosine = 0.5 * (1 + cos(Double.pi * progress))
    return switch begins {
    case .fromZero: peak * (finalShare * (1 - cosine) + cosine)
    case .fromFirstShare: peak * (finalShare + (1 - finalShare) * cosine)
    }
  }
}

extension TrainingSettings {
  /// The learning rate of every step of a transformer.
  public var rates: LearningRateSchedule {
    LearningRateSchedule(
      peak: learningRate, finalShare: finalRate, warmup: warmup, steps: steps, begins: .fromZero,
      falls: schedule == .stable ? .late(share: decayShare ?? 0) : .cosine)
  }
}
