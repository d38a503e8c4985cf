import Metrics
import Reporting
import Testing

/// The sentence on top of a report: what it says, and above all what it does not.
@Suite struct OrderVerdictTests {
  /// An arm with one value for each of the seeds 1, 2, …
  private func arm(_ name: String, _ role: ComparedArm.Role, _ values: Double...) -> ComparedArm {
    ComparedArm(
      name, role: role,
      values: Dictionary(uniqueKeysWithValues: values.enumerated().map { (UInt64($0 + 1), $1) }))
  }

  private func verdict(_ arms: ComparedArm...) -> OrderVerdict {
    OrderVerdict(arms: arms, reference: "reconstructions")
  }

  private let control = ComparedArm("random", role: .control, values: [1: 5, 2: 5.2, 3: 5.1])

  private func text(_ verdict: OrderVerdict) -> String {
    ([verdict.headline] + verdict.sentences).joined(separator: "\n")
  }

  @Test func `a difference beyond chance helps, with its interval and test`() throws {
    // Differences −1, −1.1, −1.05: mean −1.05, standard error 0.05/√3, t(2) = −36.4, p = 0.00075.
    let found = verdict(arm("greedy", .specialised, 4, 4.1, 4.05), control)
    #expect(found.headline == "In this run, specialised orders helped.")
    let first = try #require(found.sentences.first)
    #expect(first.hasPrefix("“greedy” scores 4.05 ± 0.03, its control of equal steps “random” 5.10 ± 0.06:"))
    #expect(first.contains("lower, hence better, by 1.05"))
    #expect(first.contains("paired t(2) = −36.37, p < 0.001;"))
    #expect(first.contains("95.0 % interval −1.17 to −0.93"))
    #expect(!text(found).contains("Holm"), "one comparison needs no correction")
    #expect(found.sentences.last?.contains("one training seed cannot tell") == true)
    #expect(found.comparisons.map(\.finding) == [.better])
  }

  @Test(arguments: [
    (
      [8, 8.2, 8.05], ", and more than an order that no image changes.",
      "is closer to reconstructions than “one”, an order that no image changes, with 8.08 ± 0.06"
    ),
    (
      [4.1, 4.05, 4.2], ", but an order that no image changes cannot be told from them.",
      "is not to be told from “one”, an order that no image changes, with 4.12 ± 0.04"
    ),
    (
      [2, 2.11, 2.06], ", but less than an order that no image changes.",
      "leads “greedy” by more than chance"
    ),
  ])
  func `help that a fixed order gives too is not the image's`(
    fixed: [Double], headline: String, sentence: String
  ) {
    let found = verdict(
      arm("greedy", .specialised, 4, 4.1, 4.05), control, arm("one", .fixed, fixed[0], fixed[1], fixed[2]),
      arm("two", .fixed, 9, 9.1, 9.3))
    #expect(found.headline == "In this run, specialised orders helped" + headline)
    #expect(text(found).contains(sentence), "\(text(found))")
    #expect(text(found).components(separatedBy: "“one”").count == 2, "said once")
  }

  @Test func `a difference beyond chance the other way does not help`() {
    let found = verdict(arm("greedy", .specialised, 6, 6.1, 6.05), control)
    #expect(found.headline.contains("did not help: they did worse"))
    #expect(text(found).contains("higher, hence worse, by 0.95"))
    #expect(text(found).contains("“random”, the control, has the lowest distance of all 2 arms"))
  }

  @Test func `what chance can do is not called help`() {
    // Two of three seeds are better, the mean too.
    let found = verdict(arm("greedy", .specialised, 4, 5.3, 5), control)
    #expect(found.headline == "Specialised orders made no difference that these 3 sampling seeds can tell.")
    #expect(found.comparisons[0].finding == .undecided)
    #expect(!text(found).contains("helped") && !text(found).contains("better"))
    #expect(text(found).contains("a difference of −0.33"))
  }

  /// The published comparison: 0.62 lower, "better by two standard errors", is nothing with three seeds.
  @Test func `two standard errors of three seeds are no finding`() throws {
    let pair = PairedTTest([-0.3, -1.25, -0.31])
    let test = try #require(pair)
    #expect(abs(test.t) > 1.9 && test.pValue > 0.15)
    let found = verdict(arm("greedy", .specialised, 4.7, 3.95, 4.79), control)
    #expect(found.headline.contains("no difference that these 3 sampling seeds can tell"))
  }

  @Test func `what one test would call help is held to the number of comparisons`() {
    // Alone p is 0.020; of four comparisons it must be at most 0.0125.
    let arms = [
      arm("greedy", .specialised, 4, 4.6, 4.2), control, arm("tuned", .raster, 4, 4.4, 4.4),
      arm("scratch", .raster, 4.1, 4.2, 4.4), arm("other", .raster, 4, 4.7, 4),
    ]
    let alone = verdict(arms[0], arms[1])
    #expect(alone.headline == "In this run, specialised orders helped.")
    let all = OrderVerdict(arms: arms, reference: "reconstructions")
    #expect(all.comparisons.count == 4)
    #expect(all.headline.contains("no difference"))
    #expect(text(all).contains("by Holm's correction for 4 comparisons"))
    let uncorrected = all.comparisons[0].test?.pValue ?? 1
    #expect(uncorrected < 0.05 && uncorrected > 0.0125)
  }

  @Test func `raster is named where it is best, with how sure that is`() {
    let specialised = arm("greedy", .specialised, 4, 4.1, 4.05)
    let sure = verdict(specialised, control, arm("from scratch", .raster, 2, 2.11, 2.04))
    #expect(
      text(sure).contains(
        "Raster is best: “from scratch” has the lowest distance of all 3 arms, 2.05 ± 0.03, "
          + "and leads “greedy” by more than chance"))
    #expect(sure.headline == "In this run, specialised orders helped.", "than the control all the same")
    let unsure = verdict(specialised, control, arm("from scratch", .raster, 2, 4.4, 4.5))
    #expect(text(unsure).contains("a lead over “greedy” that these seeds cannot tell from chance"))
    #expect(text(unsure).contains("Raster has the lowest number: “from scratch”"))
    #expect(!text(unsure).contains("Raster is best"))
    let half = verdict(
      specialised, control, arm("plain", .specialised, 5, 2.1, 4), arm("from scratch", .raster, 2, 2.11, 2.04)
    )
    #expect(text(half).contains("Raster has the lowest number") && text(half).contains("by more than chance"))
  }

  @Test func `a specialised arm that is best says whether it leads raster arms`() {
    let specialised = arm("greedy", .specialised, 4, 4.1, 4.05)
    let leads = verdict(specialised, control, arm("tuned", .raster, 5, 5.12, 5.04))
    #expect(text(leads).contains("it leads “tuned” by more than chance"))
    let level = verdict(specialised, control, arm("tuned", .raster, 3.9, 4.4, 4.3))
    #expect(text(level).contains("no lead over a raster arm is more than these seeds can tell from chance"))
    let untested = verdict(specialised, control, arm("any-order greedy", .other, 1, 1, 1.1))
    #expect(text(untested).contains("“any-order greedy” has the lowest distance of all 3 arms"))
    #expect(text(untested).contains("no test was made of it"))
  }

  @Test func `the specialised arm is the first given, not the better one`() {
    let found = verdict(
      arm("by teacher", .specialised, 5, 5.1, 5.3), control, arm("plain", .specialised, 4, 4.1, 4.05))
    #expect(found.headline.contains("no difference"))
    #expect(found.sentences[0].hasPrefix("“by teacher” scores"))
    #expect(
      found.sentences[1].hasPrefix("“plain” scores 4.05 ± 0.03, closer to reconstructions than the control"))
  }

  @Test func `one seed, shared seeds and equal differences`() {
    let one = verdict(arm("greedy", .specialised, 4), arm("random", .control, 5))
    #expect(one.headline == "One sampling seed cannot tell whether specialised orders helped.")
    #expect(one.sentences[0].contains("nothing says what chance does"))
    #expect(!text(one).contains("±") && !text(one).contains("interval"))

    let other = ComparedArm("greedy", role: .specialised, values: [7: 4, 8: 4.1])
    #expect(verdict(other, control).headline.contains("the arms share no sampling seed"))

    // Seeds 2 and 3 are shared, and only they count.
    let part = ComparedArm("greedy", role: .specialised, values: [2: 4, 3: 4.05, 9: 1])
    let found = verdict(part, control).comparisons[0]
    #expect(found.seeds == [2, 3] && found.test?.degrees == 1)
    #expect(abs((found.test?.difference ?? 0) + 1.125) < 1e-12)

    let same = verdict(arm("greedy", .specialised, 4, 4, 4), arm("random", .control, 5, 5, 5))
    #expect(same.headline.contains("every seed gave the same difference"))
  }

  @Test func `what is missing is named, and raster can be best without it`() {
    let lacking = verdict(control, arm("tuned", .raster, 2, 2.1, 2))
    #expect(lacking.headline == "Whether specialised orders helped was not measured.")
    #expect(lacking.sentences[0].hasPrefix("There are no distances of a specialised arm"))
    #expect(
      text(lacking).contains("Raster has the lowest number: “tuned” has the lowest distance of all 2 arms"))
    #expect(!text(lacking).contains("training seed"), "no interval is given")
    let alone = verdict(arm("greedy", .specialised, 4, 4.1))
    #expect(alone.sentences[0].contains("of the control of equal steps"))
    let infinite = ComparedArm("greedy", role: .specialised, values: [1: .nan, 2: .infinity])
    #expect(verdict(infinite, control).headline == "Whether specialised orders helped was not measured.")
    #expect(
      verdict().sentences == [
        "There are no distances of a specialised arm (a distilled model in greedy order) nor of the control of equal "
          + "steps (the any-order model trained on, in random order)."
      ])
  }

  @Test func `the table shows every comparison with its correction`() throws {
    let found = verdict(
      arm("greedy", .specialised, 4, 4.1, 4.05), control, arm("tuned", .raster, 2, 4.4, 4.5))
    let table = try #require(found.table(measure: "FD(x)"))
    #expect(table.rows.map { $0.cells[1].text } == ["random", "tuned"])
    #expect(table.rows.map { $0.cells.last?.text } == ["better", "cannot\u{a0}tell"])
    #expect(table.rows[0].cells[2].text == "−1.050" && table.rows[0].cells[2].spread == "± 0.029")
    // The least of two p-values is held at 0.05 / 2, the other at 0.05.
    #expect(table.rows[0].cells[3].spread == "97.5 %" && table.rows[1].cells[3].spread == "95.0 %")
    #expect(table.rows[0].cells[4].spread == "(2)")
    #expect(table.caption.contains("FD(x)") && verdict(control).table(measure: "FD(x)") == nil)
  }

  @Test func `a second measure repeats the verdict in a sentence`() {
    let found = verdict(arm("greedy", .specialised, 4, 4.1, 4.05), control)
    #expect(
      found.also(by: "KD(x)")?.hasPrefix("By KD(x), “greedy” is closer to reconstructions than the control")
        == true)
    let level = verdict(arm("greedy", .specialised, 4, 5.3, 5), control)
    #expect(level.also(by: "KD(x)")?.contains("is not to be told from the control") == true)
    #expect(verdict(control).also(by: "KD(x)") == nil)
  }
}

@Suite struct FormatTests {
  @Test func `decimals show the digits of the largest value`() {
    #expect(Format.decimals([3.89, 0.02], digits: 3) == 2)
    #expect(Format.decimals([21.44, 3.1]) == 2 && Format.decimals([250]) == 1 && Format.decimals([10]) == 2)
    #expect(Format.decimals([-0.00123]) == 6, "kernel distances are small")
    #expect(Format.decimals([]) == 3 && Format.decimals([0]) == 3 && Format.decimals([.nan, 2e9]) == 0)
  }

  @Test func `p-values are not more exact than they are`() {
    #expect(Format.pValue(0.0004) == "< 0.001" && Format.pValue(0.018) == "0.018")
    #expect(Format.pValue(1) == "1" && Format.pValue(0.456) == "0.46")
  }

  @Test(arguments: [(28, 112), (32, 96), (64, 128), (96, 96), (256, 128), (7, 98), (1, 96)])
  func `panels are whole multiples of small images`(image: Int, panel: Int) {
    #expect(FigureGrid.panelWidth(showing: image) == panel)
  }
}
