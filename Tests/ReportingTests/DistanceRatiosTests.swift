import Metrics
import Reporting
import Testing

/// Arms as shares of their rivals: the numbers by hand, and what is marked as told from 1.
@Suite struct DistanceRatiosTests {
  private func arm(_ name: String, _ role: ComparedArm.Role, _ values: Double...) -> ComparedArm {
    ComparedArm(
      name, role: role,
      values: Dictionary(uniqueKeysWithValues: values.enumerated().map { (UInt64($0 + 1), $1) }))
  }

  private func table(_ arms: ComparedArm...) -> Table? {
    DistanceRatios(arms).table(measure: "FD", unit: .training)
  }

  @Test func `a ratio is a geometric mean with the interval of its logarithms`() throws {
    // Ratios 0.5 and 0.55: mean logarithm −0.6455, error 0.0477, t(1) = −13.5, p = 0.047; 12.706 errors reach 0.6055.
    let found = try #require(table(arm("adaptive", .specialised, 2, 4.4), arm("raster", .raster, 4, 8)))
    #expect(found.columns.map(\.title) == ["arm", "over raster"])
    let row = try #require(found.rows.first)
    #expect(row.cells[1].text == "0.52" && row.cells[1].spread == "0.29 to 0.96" && row.cells[1].isBest)
    #expect(row.style == .highlighted)
  }

  @Test func `two tests need smaller chances than one`() throws {
    let found = try #require(
      table(
        arm("adaptive", .specialised, 2, 4.4), arm("raster", .raster, 4, 8), arm("one order", .fixed, 4, 8)))
    #expect(found.rows.count == 1, "rivals are columns")
    #expect(found.rows[0].cells.dropFirst().allSatisfy { $0.text == "0.52" && !$0.isBest })
    // Another arm's tests are its own.
    let more = try #require(
      table(
        arm("adaptive", .specialised, 2, 4.4), arm("other", .other, 3, 5), arm("raster", .raster, 4, 8)))
    #expect(more.rows.map { $0.cells[1].isBest } == [true, false])
  }

  @Test func `a ratio above 1 is called worse`() throws {
    let found = try #require(table(arm("mean rank", .other, 4, 8), arm("random", .control, 2, 4.4)))
    #expect(found.rows[0].cells[1].text == "1.91" && !found.rows[0].cells[1].isBest)
    #expect(found.rows[0].cells[1].spread == "1.04 to 3.49, worse" && found.rows[0].style == .plain)
  }

  @Test func `what cannot be compared is left open`() throws {
    let other = ComparedArm("elsewhere", role: .specialised, values: [7: 1, 8: 2])
    let one = ComparedArm("once", role: .specialised, values: [1: 2])
    let found = try #require(table(other, one, arm("random", .control, 2, 4)))
    #expect(found.rows.map { $0.cells[1].text } == ["–", "1.00"] && found.rows[1].cells[1].spread.isEmpty)
    #expect(table(other, one) == nil && table(arm("random", .control, 2, 4)) == nil)
  }

  @Test func `ratios are of positive numbers`() {
    #expect(PairedRatio([]) == nil && PairedRatio([(1, 0)]) == nil && PairedRatio([(-1, 1)]) == nil)
    #expect(PairedRatio([(1, 2), (2, 1)]).map { abs($0.ratio - 1) < 1e-12 } == true, "half and twice")
    let equal = PairedRatio([(3, 2), (3, 2)])
    #expect(equal.map { abs($0.ratio - 1.5) < 1e-12 } == true && equal?.test == nil)
  }

  @Test func `an order that no image changes is a rival of specialised ones`() {
    let arms = [arm("adaptive", .specialised, 2, 2.5, 2.2), arm("one order", .fixed, 1, 1.1, 1.2)]
    let found = OrderVerdict(arms: arms, reference: "reconstructions", unit: .training)
    #expect(found.comparisons.map(\.other.name) == ["one order"])
    let best = OrderVerdict(
      arms: arms + [arm("random", .control, 3, 3.3, 3.1)], reference: "reconstructions", unit: .training)
    #expect(
      best.sentences.contains { $0.hasPrefix("An order that no image changes is best: “one order”") })
  }
}
