import StageKit
import Testing

@Test(arguments: [(49.0, "00:49"), (725, "12:05"), (7500, "2:05:00"), (7509.6, "2:05:10")])
func `times that are left are shown as on a clock`(seconds: Double, text: String) {
  #expect(HumanText.clock(seconds) == text)
}

@Test(arguments: [(4.14, "4.1/s"), (41.6, "42/s"), (0.05, "20 s each"), (0, "-/s"), (.infinity, "-/s")])
func `slow rates are seconds each`(perSecond: Double, text: String) {
  #expect(HumanText.rate(perSecond) == text)
}

@Test(arguments: [
  (999, "999 B"), (1_000_000, "1.0 MB"), (1_010_000_000, "1.0 GB"), (7_000_000_000_000_000, "7000 TB"),
])
func `units change at powers of a thousand`(count: Int, text: String) {
  #expect(HumanText.bytes(count) == text)
}
