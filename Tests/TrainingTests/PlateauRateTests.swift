import Foundation
import TestSupport
import Testing
import Training

/// The rate that falls on a plateau, against traces of PyTorch's.
@Suite struct PlateauRateTests {
  private struct Trace: Decodable {
    struct Arguments: Decodable {
      let lr, threshold, factor: Double
      let patience, cooldown: Int
      let lowest: Double

      enum CodingKeys: String, CodingKey {
        case lr, threshold, factor, patience, cooldown
        case lowest = "min_lr"
      }
    }

    let args: Arguments
    let losses: [Double]
    let rates: [Double]

    enum CodingKeys: String, CodingKey { case args, losses, rates = "lr_after" }
  }

  @Test func `rates are PyTorch's, and a rate that was written down goes on as before`() throws {
    let url = FixtureFile.folder.appending(path: "plateau.json")
    let traces = try JSONDecoder().decode([Trace].self, from: Data(contentsOf: url))
    #expect(traces.count == 4)
    for trace in traces {
      let settings = PlateauSettings(
        every: 1, factor: trace.args.factor, patience: trace.args.patience, threshold: trace.args.threshold,
        cooldown: trace.args.cooldown, finalRate: trace.args.lowest)
      var rate = PlateauRate(peak: trace.args.lr)
      for (loss, expected) in zip(trace.losses, trace.rates) {
        rate = try JSONDecoder().decode(PlateauRate.self, from: JSONEncoder().encode(rate))
        rate.observe(loss, settings)
        #expect(abs(rate.rate - expected) <= 1e-15)
      }
      #expect(Set(trace.rates).count > 1)
    }
  }
}
