/// A learning rate that falls when the loss no longer does, as PyTorch's `ReduceLROnPlateau` has it
/// (pipeline/method/text-to-image.md §4).
///
/// A loss is better than the best one if it is below (1 − threshold) times it. After more than `patience` losses in a row
/// that are not, the rate is multiplied by `factor`, and for `cooldown` losses none counts as bad.
public struct PlateauRate: Codable, Equatable, Sendable {
  /// Falls by less than this are left away.
  private static let leastFall = 1e-8

  /// The rate that holds now.
  public private(set) var rate: Double
  private var best: Double?
  private var bad = 0
  private var cooling = 0
  /// The losses since the last one that was looked at, and how many.
  private var sum = 0.0
  private var count = 0

  public init(peak: Double) { rate = peak }

  /// Takes the loss of one step; every `settings.every` steps their mean is looked at.
  mutating func add(_ loss: Double, _ settings: PlateauSettings) {
    sum += loss
    count += 1
    guard count == settings.every else { return }
    observe(sum / Double(count), settings)
    (sum, count) = (0, 0)
  }

  /// Looks at a loss.
  public mutating func observe(_ loss: Double, _ settings: PlateauSettings) {
    if best.map({ loss < $0 * (1 - settings.threshold) }) ?? true {
      best = loss
      bad = 0
    } else {
      bad += 1
    }
    if cooling > 0 {
      cooling -= 1
      bad = 0
    }
    guard bad > settings.patience else { return }
    let next = max(rate * settings.factor, settings.finalRate)
    if rate - next > Self.leastFall { rate = next }
    cooling = settings.cooldown
    bad = 0
  }
}

/// When a rate falls on a plateau, and how far.
public struct PlateauSettings: Codable, Equatable, Sendable {
  /// Steps whose mean loss is looked at together: those of an epoch, say.
  public var every: Int
  /// What the rate is multiplied by.
  public var factor: Double
  public var patience: Int
  public var threshold: Double
  public var cooldown: Int
  /// The rate that it does not fall below.
  public var finalRate: Double

  public init(
    every: Int, factor: Double = 0.8, patience: Int = 10, threshold: Double = 1e-4, cooldown: Int = 0,
    finalRate: Double = 1e-6
  ) {
    self.every = every
    self.factor = factor
    self.patience = patience
    self.threshold = threshold
    self.cooldown = cooldown
    self.finalRate = finalRate
  }
}
