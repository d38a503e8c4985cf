import Foundation
import Kernels
import Orders
import Randomness
import TestSupport
import Testing

/// Orders that images share.
@Suite struct StaticOrdersTests {
  private static func flat(_ orders: [[Int]]) -> [UInt16] { orders.flatMap { $0.map(UInt16.init) } }

  @Test func `a mean rank puts what came early on average first`() throws {
    // Ranks of locations 0…3: (0,1,2,3), (1,0,3,2), (1,0,2,3): sums 2, 1, 7, 8.
    let orders = [[0, 1, 2, 3], [1, 0, 3, 2], [1, 0, 2, 3]]
    let fit = MeanRankOrders(orders: Self.flat(orders), labels: [0, 1, 1], classes: 2)
    let all = try fit.fit(.all)
    #expect(all.orders == [[1, 0, 2, 3]] && all.images == [[1, 2]] && !all.dependOnClass)
    let each = try fit.fit(.classes)
    // Of class 1 the ranks are 2, 0, 5, 5: the lower location on ties.
    #expect(each.orders == [[0, 1, 2, 3], [1, 0, 2, 3]] && each.images == [[1, 0], [0, 2]])
    #expect(each.dependOnClass)
    #expect(each.order(forClass: 1, seed: 9, image: 4) == [1, 0, 2, 3])
    #expect(throws: MeanRankOrders.Problem.missingClass(2)) {
      try MeanRankOrders(orders: Self.flat(orders), labels: [0, 1, 1], classes: 3).fit(.classes)
    }
    // What all share, a class without orders shares too, each as often as all other classes together have it.
    let more = MeanRankOrders(orders: Self.flat(orders), labels: [0, 2, 2], classes: 3)
    #expect(try more.fit(.all).images == [[1, 3, 2]])
    #expect(try more.fit(.clusters, clusters: 2, seed: 1).images.map { $0[1] } == [2, 1])
  }

  /// Noisy copies of three orders, in a mixture that depends on the class.
  private static func mixture(_ count: Int) -> (centres: [[Int]], orders: [[Int]], labels: [Int]) {
    let centres = [Curve.raster, .columns, .spiralOut].map { $0.order(height: 5, width: 5) }
    var (orders, labels): ([[Int]], [Int]) = ([], [])
    for image in 0..<count {
      let label = image % 2
      let kind = label == 0 ? (image / 2 % 4 == 0 ? 1 : 0) : (image / 2 % 3 == 0 ? 0 : 2)
      var order = centres[kind]
      for swap in 0..<4 { order.swapAt((image * 5 + swap * 7) % 24, (image * 5 + swap * 7) % 24 + 1) }
      orders.append(order)
      labels.append(label)
    }
    return (centres, orders, labels)
  }

  @Test func `clusters find the orders behind noisy copies, the largest first`() throws {
    let (centres, orders, labels) = Self.mixture(600)
    let fit = MeanRankOrders(orders: Self.flat(orders), labels: labels, classes: 2)
    let made = try fit.fit(.clusters, clusters: 3, seed: 5)
    // Of 300 images a class: 225 and 75; 100 and 200.
    #expect(made.images == [[225, 100], [0, 200], [75, 0]])
    for (found, centre) in zip(made.orders, [centres[0], centres[2], centres[1]]) {
      #expect(OrderAgreement.kendallTau(found, centre) > 0.97)
    }
    let nearest = NearestOrder(made)
    #expect(orders.indices.count { nearest.index(of: orders[$0]) == 0 } == 325)
    #expect(made.dependOnClass)
    // Which order an image gets follows the frequencies of its class, and only seed and image.
    let drawn = (0..<3000).map { made.order(forClass: 1, seed: 2, image: UInt64($0)) }
    let share = Double(drawn.count { $0 == made.orders[1] }) / 3000
    #expect(abs(share - 2 / 3) < 4 * (2.0 / 9 / 3000).squareRoot(), "\(share)")
    #expect(!drawn.contains(made.orders[2]))
    #expect(made.order(forClass: 1, seed: 2, image: 7) == drawn[7])
    let any = (0..<3000).map { made.order(forClass: nil, seed: 2, image: UInt64($0)) }
    #expect(abs(Double(any.count { $0 == made.orders[0] }) / 3000 - 325.0 / 600) < 0.04)
  }

  /// Orders whose ranks are far off those of one of three, so that no image by itself stands for its cluster.
  @Test(arguments: 1...5) func `clusters settle where first centres mislead, whatever the seed`(seed: UInt64)
    throws
  {
    let centres = [Curve.raster, .columns, .spiralOut].map { $0.order(height: 6, width: 6) }
    let kinds = (0..<700).map { $0 % 7 < 4 ? 1 : $0 % 7 < 6 ? 2 : 0 }
    let orders = kinds.enumerated().map { image, kind -> [Int] in
      var stream = RandomStream(seed: 3, purpose: "test.ranks", UInt64(image))
      let noisy = centres[kind].enumerated().map { (Double($0) + 44 * stream.uniform(), $1) }
      return noisy.sorted { $0.0 < $1.0 }.map(\.1)
    }
    let fit = MeanRankOrders(orders: Self.flat(orders), labels: kinds.map { _ in 0 }, classes: 1)
    let made = try fit.fit(.clusters, clusters: 3, seed: seed)
    #expect(made.images == made.images.sorted { $0[0] > $1[0] }, "the largest first")
    let nearest = NearestOrder(made)
    let right = zip(orders, kinds).count { order, kind in nearest.index(of: order) == [2, 0, 1][kind] }
    #expect(right > 680, "\(right) of 700")
  }

  @Test func `clusters are the same for any number of threads`() {
    let (_, orders, labels) = Self.mixture(5000)
    let fit = MeanRankOrders(orders: Self.flat(orders), labels: labels, classes: 2)
    let (alone, others) = ThreadCounts.results(attempts: 3) { try? fit.fit(.clusters, clusters: 5, seed: 1) }
    #expect(alone != nil && others.isEmpty)
  }

  @Test func `there are no more clusters than different orders`() {
    let orders = [[0, 1, 2], [0, 1, 2], [2, 1, 0], [0, 1, 2]]
    let fit = MeanRankOrders(orders: Self.flat(orders), labels: [0, 0, 0, 0], classes: 0)
    #expect(throws: MeanRankOrders.Problem.differing(2)) { try fit.fit(.clusters, clusters: 3, seed: 1) }
    #expect(throws: Never.self) {
      let made = try fit.fit(.clusters, clusters: 2, seed: 1)
      #expect(made.orders == [[0, 1, 2], [2, 1, 0]] && made.images == [[3], [1]] && !made.dependOnClass)
    }
  }

  // MARK: variety

  @Test func `variety is the entropy of the location given the step`() {
    var one = OrderVariety(locations: 4)
    for _ in 0..<50 { one.add([2, 0, 1, 3]) }
    #expect(one.bits == 0)
    // Two orders as often, that differ at two of four steps: one bit at each of these, and the correction for n = 200.
    var two = OrderVariety(locations: 4)
    for image in 0..<200 { two.add(image % 2 == 0 ? [2, 0, 1, 3] : [0, 2, 1, 3]) }
    #expect(abs(two.bits - (1 + 1 / 400 / log(2)) / 2) < 1e-12)
    var random = OrderVariety(locations: 16)
    for image in 0..<4000 {
      random.add(GenerationOrder.random(16, seed: 1, purpose: "test", UInt64(image)))
    }
    #expect(abs(random.bits - 4) < 0.005)
    #expect(OrderVariety(locations: 3).bits == 0)
  }
}
