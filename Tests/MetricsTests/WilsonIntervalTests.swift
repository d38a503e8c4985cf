import Metrics
import Testing

@Suite struct WilsonIntervalTests {
  @Test(arguments: [
    (8.0, 10, 0.4901624715366418, 0.9433178485456247), (0, 10, 0, 0.2775327998628892),
    (10, 10, 0.7224672001371108, 1), (33, 51, 0.5098605845450522, 0.7636551154847915),
  ])
  func `bounds are those of the formula`(successes: Double, trials: Int, low: Double, high: Double) {
    let found = WilsonInterval(successes: successes, of: trials)
    #expect(abs(found.low - low) < 1e-12 && abs(found.high - high) < 1e-12, "\(found)")
    #expect(found.low >= 0 && found.high <= 1)
  }
}
