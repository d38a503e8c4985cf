import Kernels
import Randomness

/// Shared orders by mean rank: what extracted orders have in common (pipeline/method/orders.md §10). A location comes as
/// early as it did on average, the lower location on ties.
public struct MeanRankOrders {
  /// Who shares an order.
  public enum Scope: String, Codable, Sendable, CaseIterable {
    /// All images.
    case all
    /// Those of a class.
    case classes = "class"
    /// Those whose extracted orders are alike: k-means on ranks.
    case clusters
  }

  public enum Problem: Error, Equatable {
    /// There is no order of an image of this class.
    case missingClass(Int)
    /// So few orders differ.
    case differing(Int)
  }

  /// (images, N), raster locations by step.
  private let orders: [UInt16]
  private let labels: [Int]
  private let classes: Int
  private let locations: Int

  private static let mostPasses = 100
  /// How often clustering begins anew; the tightest clusters are kept.
  private static let starts = 8

  /// - Parameters:
  ///   - orders: (images, N), at least one image.
  ///   - labels: the class of each image; zeros where there are none.
  ///   - classes: 0 or 1 where there are none.
  public init(orders: [UInt16], labels: [Int], classes: Int) {
    precondition(!labels.isEmpty && orders.count % labels.count == 0, "a class for each order")
    self.orders = orders
    self.labels = labels
    self.classes = max(classes, 1)
    locations = orders.count / labels.count
  }

  /// - Parameters:
  ///   - clusters: how many, for that scope.
  ///   - seed: of the first centres.
  /// - Throws: `Problem`.
  public func fit(_ scope: Scope, clusters: Int = 1, seed: UInt64 = 0) throws(Problem) -> StaticOrders {
    let groups: [Int]
    switch scope {
    case .all: groups = labels.map { _ in 0 }
    case .classes:
      groups = labels
      let there = Set(labels)
      if let missing = (0..<classes).first(where: { !there.contains($0) }) {
        throw Problem.missingClass(missing)
      }
    case .clusters: groups = try clustered(clusters, seed: seed)
    }
    let count = (groups.max() ?? 0) + 1
    let made = (0..<count).map { group in meanOrder(labels.indices.filter { groups[$0] == group }) }
    guard scope == .clusters else { return StaticOrders(orders: made, images: counts(groups, count)) }
    // Images go with the order that is nearest, as new images will.
    let ranks = made.map { SharedRanks.ranks($0) }
    return StaticOrders(orders: made, images: counts(assigned(to: ranks), count))
  }

  private func order(of image: Int) -> ArraySlice<UInt16> {
    orders[image * locations..<(image + 1) * locations]
  }

  /// (groups, classes). Of a class without orders nothing is known: it has each as often as all others together.
  private func counts(_ groups: [Int], _ count: Int) -> [[Int]] {
    var counts = Array(repeating: [Int](repeating: 0, count: classes), count: count)
    for (group, label) in zip(groups, labels) { counts[group][classes == 1 ? 0 : label] += 1 }
    let sizes = counts.map { $0.reduce(0, +) }
    for label in 0..<classes where counts.allSatisfy({ $0[label] == 0 }) {
      for group in 0..<count { counts[group][label] = sizes[group] }
    }
    return counts
  }

  private func rankSums(_ images: [Int]) -> [Int] {
    var sums = [Int](repeating: 0, count: locations)
    for image in images {
      for (step, location) in order(of: image).enumerated() { sums[Int(location)] += step }
    }
    return sums
  }

  private func meanOrder(_ images: [Int]) -> [Int] {
    let sums = rankSums(images)
    return sums.indices.sorted { (sums[$0], $0) < (sums[$1], $1) }
  }

  // MARK: clusters

  /// The cluster of each image, the largest cluster first.
  private func clustered(_ count: Int, seed: UInt64) throws(Problem) -> [Int] {
    var best: (groups: [Int], width: Double)?
    for start in 0..<Self.starts {
      let groups = try settled(count, seed: seed, start: UInt64(start))
      let centres = (0..<count).map { group in meanRanks(labels.indices.filter { groups[$0] == group }) }
      var width = 0.0
      for image in labels.indices {
        width += centres[groups[image]].map { SharedRanks.distance(order(of: image), $0) } ?? 0
      }
      if width < best?.width ?? .infinity { best = (groups, width) }
    }
    let groups = best?.groups ?? []
    let sizes = (0..<count).map { group in groups.count { $0 == group } }
    let ranked = sizes.indices.filter { sizes[$0] > 0 }.sorted { (-sizes[$0], $0) < (-sizes[$1], $1) }
    var place = [Int](repeating: 0, count: count)
    for (new, old) in ranked.enumerated() { place[old] = new }
    return groups.map { place[$0] }
  }

  /// Mean ranks of some images; nil of none.
  private func meanRanks(_ images: [Int]) -> [Double]? {
    images.isEmpty ? nil : rankSums(images).map { Double($0) / Double(images.count) }
  }

  /// Clusters from one choice of first centres on, until no image changes.
  private func settled(_ count: Int, seed: UInt64, start: UInt64) throws(Problem) -> [Int] {
    var centres = try firstCentres(count, seed: seed, start: start)
    var groups = assigned(to: centres)
    for _ in 0..<Self.mostPasses {
      centres = (0..<count).map { group in
        meanRanks(labels.indices.filter { groups[$0] == group }) ?? centres[group]
      }
      let next = assigned(to: centres)
      if next == groups { break }
      groups = next
    }
    return groups
  }

  /// Orders of images far from each other: each next one is drawn in proportion to its squared distance from the nearest
  /// before it.
  private func firstCentres(_ count: Int, seed: UInt64, start: UInt64) throws(Problem) -> [[Double]] {
    var stream = RandomStream(seed: seed, purpose: "orders.clusters", start)
    var centres = [SharedRanks.ranks(order(of: stream.below(labels.count)))]
    var distances = labels.indices.map { SharedRanks.distance(order(of: $0), centres[0]) }
    while centres.count < count {
      let total = distances.reduce(0, +)
      guard total > 0 else { throw Problem.differing(centres.count) }
      var rest = stream.uniform() * total
      var chosen = distances.lastIndex { $0 > 0 } ?? 0
      for (image, distance) in distances.enumerated() where distance > 0 {
        if rest < distance {
          chosen = image
          break
        }
        rest -= distance
      }
      let centre = SharedRanks.ranks(order(of: chosen))
      centres.append(centre)
      for image in labels.indices {
        distances[image] = min(distances[image], SharedRanks.distance(order(of: image), centre))
      }
    }
    return centres
  }

  private func assigned(to centres: [[Double]]) -> [Int] {
    let groups = TensorOf<Int32>(labels.count)
    Parallel.ranges(labels.count, size: 256) { range in
      for image in range { groups.pointer[image] = Int32(SharedRanks.nearest(order(of: image), centres)) }
    }
    return (0..<labels.count).map { Int(groups.pointer[$0]) }
  }
}
