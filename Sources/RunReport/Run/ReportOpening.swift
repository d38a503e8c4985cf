import Comparison
import Reporting

/// The top of the page: whether specialised orders helped, what to beware of, and every arm by one number.
struct ReportOpening {
  let scores: ReportScores
  private var titles: RunTitles { scores.titles }

  func blocks() -> [Block] {
    guard !scores.arms.isEmpty else { return [] }
    let cautions = ReportCautions(scores: scores).sentences
    let warning: [Block] =
      cautions.isEmpty ? [] : [.cautions(title: "Read these numbers with care", cautions)]
    guard let measure = scores.headline else {
      return [
        .verdict(
          "Whether specialised orders helped was not measured.",
          ["The scores hold no distances, since no features of the images were given. \(scores.advice)"])
      ] + warning
    }
    let verdict = scores.verdict(by: measure)
    var sentences = verdict.sentences
    if let second = scores.second, let sentence = scores.verdict(by: second).also(by: "`\(second.name)`") {
      sentences.append(sentence)
    }
    return [.verdict(verdict.headline, sentences)] + warning
      + [.paragraph(caption(measure)), .keyFigures(cards(measure, best: verdict.best?.name))]
      + tables(measure, verdict)
  }

  /// What the numbers on the cards are.
  private func caption(_ measure: ReportScores.Measure) -> String {
    let count = Format.count(scores.compared ?? 0)
    let better: ArmRecord.Floor =
      measure.against == .reconstructions ? .secondHalf : .reconstructionsOfSecondHalf
    let floor = scores.floor(better, measure.layer, measure.quantity, measure.against).map {
      " Reconstructions of the other half of the test images score \(Format.significant($0)): better than that cannot be "
        + "expected."
    }
    return
      "`\(measure.name)` to \(measure.reference), \(count) against \(count) images, mean ± standard error over "
      + "sampling seeds; lower is better.\(floor ?? "")"
  }

  /// One for each arm whose distance compares with the others'.
  private func cards(_ measure: ReportScores.Measure, best: String?) -> [Block.KeyFigure] {
    let arms = scores.comparable.map {
      (
        $0,
        ComparedArm(titles.title(ofArm: $0), role: titles.role(of: $0), values: scores.values($0, measure))
      )
    }.filter { !$0.1.values.isEmpty }
    let decimals = Format.decimals(arms.map(\.1.mean), digits: 3)
    return arms.map { name, arm in
      let remarks = [titles.remark(on: name), arm.name == best ? "**lowest of all**" : ""]
      return Block.KeyFigure(
        Format.fixed(arm.mean, decimals),
        spread: arm.standardError.map { "± " + Format.fixed($0, decimals) } ?? "± unknown, one seed",
        arm.name, remark: remarks.filter { !$0.isEmpty }.joined(separator: ", "),
        isHighlighted: arm.role == .specialised)
    }
  }

  /// The tests behind the verdict; those of the kernel distance a click away.
  private func tables(_ measure: ReportScores.Measure, _ verdict: OrderVerdict) -> [Block] {
    func named(_ measure: ReportScores.Measure) -> String { "`\(measure.name)` to \(measure.reference)" }
    var blocks = [Block]()
    if let table = verdict.table(measure: named(measure)) { blocks.append(.table(table)) }
    if let second = scores.second,
      let table = scores.verdict(by: second).table(measure: named(second))
    {
      blocks.append(.details(summary: "The same tests by kernel distance", [.table(table)]))
    }
    return blocks
  }
}
