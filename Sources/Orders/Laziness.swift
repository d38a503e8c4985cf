/// Which free locations extraction asks at each step.
///
/// Exactly, equation (1) asks all of them at every step, N(N + 1)/2 queries an image. Lazily, it asks all of them only
/// at steps 0, r, 2r, … and in between just the m that were most confident when they were last asked. The orders are
/// then an approximation: a location that grew confident unasked has to wait for the next refresh.
public struct Laziness: Sendable, Equatable {
  /// Steps from one step that asks all free locations to the next, r; 0 asks all of them at every step.
  public let refresh: Int
  /// Free locations asked in between, m; 0 exactly if `refresh` is 0.
  public let candidates: Int

  /// All free locations at every step.
  public static let exact = Laziness(refresh: 0, candidates: 0)

  public init(refresh: Int, candidates: Int) {
    precondition(
      refresh >= 0 && candidates >= 0 && (refresh == 0) == (candidates == 0), "set both or neither")
    self.refresh = refresh
    self.candidates = candidates
  }

  /// Whether images of `locations` tokens get the very orders of the exact method.
  public func isExact(locations: Int) -> Bool { refresh <= 1 || candidates >= locations }

  /// Whether all free locations are asked at a step.
  public func refreshes(at step: Int) -> Bool { refresh == 0 || step % refresh == 0 }

  /// Queries an image of `locations` tokens takes in all.
  public func queries(locations: Int) -> Int {
    (0..<locations).reduce(0) { total, step in
      total + (refreshes(at: step) ? locations - step : min(candidates, locations - step))
    }
  }
}
