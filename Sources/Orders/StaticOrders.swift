import Randomness

/// Orders that images share: one for all, one for each class, or several among which each image has its own
/// (pipeline/method/orders.md §10). No image changes an order; what is shared is known before the first token.
public struct StaticOrders: Sendable, Equatable {
  /// (orders, N), raster locations by step.
  public let orders: [[Int]]
  /// (orders, classes): how many training images of the class have this order. One column for a model of texts. Where
  /// orders are of curves, 1 where the class has it.
  public let images: [[Int]]

  public init(orders: [[Int]], images: [[Int]]) {
    precondition(orders.count == images.count && !orders.isEmpty, "every order has its images")
    self.orders = orders
    self.images = images
  }

  /// One order for all classes.
  public init(_ order: [Int], classes: Int) {
    self.init(orders: [order], images: [[Int](repeating: 1, count: max(classes, 1))])
  }

  /// An order for each class.
  public init(ofClasses orders: [[Int]]) {
    self.init(
      orders: orders, images: orders.indices.map { own in orders.indices.map { $0 == own ? 1 : 0 } })
  }

  public var classes: Int { images[0].count }

  /// Whether which order an image has tells something of its class.
  public var dependOnClass: Bool {
    guard orders.count > 1, classes > 1 else { return false }
    // Equal shares of every class: cross products, since shares are fractions.
    let totals = (0..<classes).map { label in images.reduce(0) { $0 + $1[label] } }
    return images.contains { row in
      (1..<classes).contains { row[$0] * totals[0] != row[0] * totals[$0] }
    }
  }

  /// The order of an image that is yet to be drawn: that of its class, or one drawn with the frequency that it has among
  /// training images of the class.
  ///
  /// - Parameters:
  ///   - label: nil for an image of no class, or of any.
  ///   - seed, image: which one is drawn is a function of both.
  public func order(forClass label: Int?, seed: UInt64, image: UInt64) -> [Int] {
    let counts = images.map { row in
      label.map { row[classes == 1 ? 0 : $0] } ?? row.reduce(0, +)
    }
    var stream = RandomStream(seed: seed, purpose: "sample.static", image)
    var rest = stream.below(max(counts.reduce(0, +), 1))
    for (row, count) in counts.enumerated() {
      if rest < count { return orders[row] }
      rest -= count
    }
    return orders[0]
  }
}

/// Finds which of several shared orders is nearest to that of an image.
public struct NearestOrder: Sendable {
  private let ranks: [[Double]]

  public init(_ orders: StaticOrders) { ranks = orders.orders.map { SharedRanks.ranks($0) } }

  /// The index of the order with the least sum of squared differences of ranks, the first on ties.
  public func index(of order: [Int]) -> Int { SharedRanks.nearest(order, ranks) }
}

/// Ranks: the step at which an order has a location.
enum SharedRanks {
  static func ranks<Order: Collection>(_ order: Order) -> [Double]
  where Order.Element: FixedWidthInteger {
    var ranks = [Double](repeating: 0, count: order.count)
    for (step, location) in order.enumerated() { ranks[Int(location)] = Double(step) }
    return ranks
  }

  /// The sum of squared differences of an order's ranks and others.
  static func distance<Order: Sequence>(_ order: Order, _ ranks: [Double]) -> Double
  where Order.Element: FixedWidthInteger {
    var sum = 0.0
    for (step, location) in order.enumerated() {
      let difference = Double(step) - ranks[Int(location)]
      sum += difference * difference
    }
    return sum
  }

  /// The nearest of several, the first on ties.
  static func nearest<Order: Sequence>(_ order: Order, _ centres: [[Double]]) -> Int
  where Order.Element: FixedWidthInteger {
    var best = (index: 0, distance: Double.infinity)
    for (index, centre) in centres.enumerated() {
      let distance = distance(order, centre)
      if distance < best.distance { best = (index, distance) }
    }
    return best.index
  }
}
