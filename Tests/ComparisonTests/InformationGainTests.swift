import Comparison
import Kernels
import Models
import TestSupport
import Testing
import Training

/// The gain in V-information against sums of cross-entropies in double precision, by a model that shares no code.
struct InformationGainTests {
  private static let count = 9
  private static let data = TokenDataset(
    sampleIDs: (0..<count).map { UInt64($0) }, labels: (0..<count).map { UInt32($0 % 5) },
    tokens: (0..<count * 16).map { UInt16($0 * $0 % 50) }, locations: 16)
  private static let other: AnyOrderTransformer = {
    let model = AnyOrderTransformer(configuration: FourBlockModel.model.configuration)
    model.fillForTests(seed: 3)
    return model
  }()

  private let raster = InformationGain.OrderSet("raster") { _ in Array(0..<16) }
  private let turned = InformationGain.OrderSet("turned") { image in (0..<16).map { (5 * $0 + image) % 16 } }

  private func nats(_ model: AnyOrderTransformer, _ order: (Int) -> [Int]) -> [Double] {
    (0..<Self.count).map { image in
      NaiveTransformer(model).losses(
        of: AnyOrderBatch(
          tokens: Self.data.codes(of: image), labels: [Int(Self.data.labels[image])], orders: order(image))
      ).reduce(0, +)
    }
  }

  private func gain(_ models: [(name: String, model: AnyOrderTransformer)]) -> InformationGain {
    InformationGain(models: models, data: Self.data, precision: .float32)
  }

  @Test func `the gain is the difference of summed cross-entropies, paired by image`() throws {
    let model = FourBlockModel.model
    var done = 0
    let found = try gain([("one", model)]).record(turned, over: raster, images: 0..<Self.count, seed: 1) {
      done = $0
    }
    let along = nats(model) { image in (0..<16).map { (5 * $0 + image) % 16 } }
    let reference = nats(model) { _ in Array(0..<16) }
    let gains = zip(reference, along).map { $0 - $1 }
    let mean = gains.reduce(0, +) / Double(Self.count)
    let squares = gains.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    let error = (squares / Double((Self.count - 1) * Self.count)).squareRoot()
    #expect(abs(found.oneModel.gain.mean - mean) < 1e-4)
    #expect(abs((found.oneModel.gain.standardError ?? 0) - error) < 1e-4)
    #expect(abs(found.oneModel.orders.mean - along.reduce(0, +) / Double(Self.count)) < 1e-4)
    #expect(abs(found.oneModel.gainPerToken * 16 * 0.6931471805599453 - mean) < 1e-4)
    #expect(abs(mean) > 0.01, "orders that make no difference test nothing")
    #expect(found.bestOfFamily == nil && found.orders == "turned" && found.reference == "raster")
    #expect(found.images == 9 && found.tokensPerImage == 16 && done == 18)
  }

  @Test func `of a family the best along each set is asked`() throws {
    let family = [("first", FourBlockModel.model), ("second", Self.other)]
    let found = try gain(family).record(turned, over: raster, images: 0..<Self.count, seed: 1) { _ in }
    let best = try #require(found.bestOfFamily)
    for (set, order) in [turned, raster].enumerated() {
      let means = family.map {
        nats($0.1) { image in set == 0 ? (0..<16).map { (5 * $0 + image) % 16 } : Array(0..<16) }
      }
      .map { $0.reduce(0, +) / Double(Self.count) }
      #expect(best.models[set] == (means[0] <= means[1] ? "first" : "second"), "\(order.name)")
      #expect(abs((set == 0 ? best.orders : best.reference).mean - (means.min() ?? 0)) < 1e-3)
    }
    #expect(found.oneModel.models == ["first", "first"])
  }
}
