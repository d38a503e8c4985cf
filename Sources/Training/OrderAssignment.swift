import Orders
import Randomness

/// Which order an image is predicted in at a training step.
///
/// With annealing (paper §4.4, B.3.3; RAR's schedule, pipeline/method/orders.md §6) each image of a step
/// draws whether it gets a fresh random order, with probability r(t): 1 before `annealingStart`, falling
/// linearly to 0 at `annealingEnd`. Whole orders are mixed, never parts of one.
public struct OrderAssignment: Sendable {
  let settings: TrainingSettings

  public init(_ settings: TrainingSettings) { self.settings = settings }

  /// r(t): the share of random orders at a step.
  public func randomShare(at step: Int) -> Double {
    if settings.objective == .random { return 1 }
    guard let start = settings.annealingStart, let end = settings.annealingEnd, end > 0 else { return 0 }
    if step < start { return 1 }
    return max(0, 1 - Double(step - start) / Double(end - start))
  }

  /// Writes the order of one image at one step, a function of (seed, step, image), to N values.
  public func writeOrder(
    of image: Int, in data: TokenDataset, step: Int, into order: UnsafeMutableBufferPointer<Int>
  ) {
    var stream = RandomStream(
      seed: settings.seed, purpose: "train.order", UInt64(step), data.sampleIDs[image])
    let share = randomShare(at: step)
    if share >= 1 || (share > 0 && stream.uniform() < share) {
      stream.permute(into: order)
    } else if settings.objective == .orders {
      data.writeOrder(of: image, into: order)
    } else {
      for location in order.indices { order[location] = location }
    }
  }
}
