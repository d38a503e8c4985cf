import Foundation

/// Linear warm-up, then a cosine from the peak to a share of it: the one schedule of everything that is trained.
public struct LearningRateSchedule: Sendable {
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

  public init(peak: Double, finalShare: Double, warmup: Int, steps: Int, begins: WarmUp) {
    self.peak = peak
    self.finalShare = finalShare
    self.warmup = warmup
    self.steps = steps
    self.begins = begins
  }

  /// The rate of step t = 0, 1, …: a share of the peak during warm-up, then f + (1 − f)·(1 + cos πp)/2 of it with
  /// p = (t − W)/(T − W) the share done.
  public func rate(at step: Int) -> Double {
    if step < warmup {
      let risen = begins == .fromZero ? step : step + 1
      return peak * Double(risen) / Double(warmup)
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
  public var schedule: LearningRateSchedule {
    LearningRateSchedule(
      peak: learningRate, finalShare: finalRate, warmup: warmup, steps: steps, begins: .fromZero)
  }
}
