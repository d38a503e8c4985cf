/// Says when to write the next checkpoint: after the seconds asked for, or later where writing takes long.
///
/// A checkpoint of RandAR-XL has 9 GB. At one a minute a run would do little else, so writing takes at most a tenth
/// of the time. A stop by signal writes one in any case.
public struct CheckpointClock {
  private let seconds: Duration
  private var last = ContinuousClock.now
  private var lastTook = Duration.zero

  /// The seconds that may be asked for: at most a year.
  public static let range = 0.0...31_536_000

  /// - Parameter seconds: in `range`; 0 writes as often as that allows.
  public init(seconds: Double) { self.seconds = .seconds(seconds) }

  public var isDue: Bool { .now - last > max(seconds, lastTook * 9) }

  /// Writes a checkpoint and starts to wait for the next.
  public mutating func write(_ body: () throws -> Void) rethrows {
    let start = ContinuousClock.now
    try body()
    last = .now
    lastTook = last - start
  }
}
