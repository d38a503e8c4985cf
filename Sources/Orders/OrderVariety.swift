import Foundation

/// How much orders of images differ from each other: the entropy of the location given the step, in bits, mean over
/// steps (pipeline/method/orders.md §7). 0 for one order of all images, log₂ N for uniform random ones.
public struct OrderVariety: Sendable {
  private let locations: Int
  /// How many orders have a location at a step, of those that any has.
  private var counts: [[Int: Int]]
  private var orders = 0

  public init(locations: Int) {
    self.locations = locations
    counts = Array(repeating: [:], count: locations)
  }

  /// Adds the order of an image, all locations by step.
  public mutating func add<Order: Sequence>(_ order: Order) where Order.Element: FixedWidthInteger {
    for (step, location) in order.enumerated() { counts[step][Int(location), default: 0] += 1 }
    orders += 1
  }

  /// The entropy by the counts, with the correction of Miller and Madow for their number: (locations met − 1) / 2n nats
  /// more a step, no more than what that number of locations can have.
  public var bits: Double {
    guard orders > 0, locations > 0 else { return 0 }
    let sum = counts.reduce(0.0) { total, step in
      // In a sequence of its own, since sums depend on it.
      let met = step.values.sorted()
      let plain = met.reduce(0.0) { sum, count in
        let share = Double(count) / Double(orders)
        return sum - share * log(share)
      }
      let corrected = plain + Double(met.count - 1) / Double(2 * orders)
      return total + min(corrected, log(Double(locations)))
    }
    return sum / Double(locations) / log(2)
  }
}
