/// Wilson's score interval (1927) for the probability behind a share of independent trials: unlike the plain normal
/// interval it stays inside 0…1 and has a width at shares of 0 and 1, too.
///
/// With p the share, n the trials and z the normal quantile it is
/// (p + z²/2n ± z √(p(1 − p)/n + z²/4n²)) / (1 + z²/n).
public struct WilsonInterval: Sendable, Equatable {
  public let low: Double
  public let high: Double

  /// The quantile of the normal distribution for 95 % inside.
  private static let quantile = 1.959963984540054

  /// The 95 % interval.
  ///
  /// - Parameters:
  ///   - successes: successful trials; a half where a tie counts half.
  ///   - trials: all trials, at least one.
  public init(successes: Double, of trials: Int) {
    precondition(trials > 0 && (0...Double(trials)).contains(successes), "a share of \(trials) trials")
    let (count, square) = (Double(trials), Self.quantile * Self.quantile)
    let share = successes / count
    let middle = share + square / (2 * count)
    let reach =
      Self.quantile * (share * (1 - share) / count + square / (4 * count * count)).squareRoot()
    // Rounding must not push a bound over the edge that it touches at shares of 0 and 1.
    low = max((middle - reach) / (1 + square / count), 0)
    high = min((middle + reach) / (1 + square / count), 1)
  }
}
