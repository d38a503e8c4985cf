import Comparison
import Files
import Metrics
import Reporting

/// The rules that a run's orders are made by, beside each other: what their orders are like, and what they bring the
/// models that learned them (pipeline/method/orders.md §10).
struct ReportRules {
  let scores: ReportScores

  private var run: RunFolder { scores.run }
  private var titles: RunTitles { scores.titles }

  /// Nil where all orders are those of equation (1).
  func section() -> Page.Section? {
    let learned = titles.sorted(models: run.likelihoods.keys).filter {
      titles.learnsOrders($0) && extracted($0) != nil
    }
    guard learned.contains(where: { extracted($0)?.rule != nil }) else { return nil }
    let headline = scores.headline
    let arms = learned.map { model in (model, titles.ownArms(of: model, among: scores.arms)) }
    let columns: [Table.Column] =
      [
        "model and order", "rule", Table.Column("d", hint: "Mean step distance of its orders of test images"),
        Table.Column("variety, bits", hint: "Entropy of the location given the step"),
        Table.Column("bits per token", hint: "Along these orders"),
      ] + (headline.map { [Table.Column($0.name)] } ?? [])
    return Page.Section(
      "Order rules",
      [
        .paragraph(
          "A model for each rule, all trained alike. Variety says how much orders differ from image to image: "
            + "the fewer contexts there are to learn, the fewer bits remain; 0 is one order for all. Bits are along "
            + "the rule's own orders of test images, which a rule that looks at the image found with the image at hand."
        ),
        .table(
          Table(
            caption: "Rules" + (headline.map { ", and \($0.name) to \($0.reference)" } ?? "")
              + ", mean ± standard error.",
            columns: columns,
            rows: arms.flatMap { model, arms in
              (arms.isEmpty ? [nil] : arms.map { $0 }).map { row(model, arm: $0, headline) }
            })),
      ])
  }

  private func extracted(_ model: String) -> LikelihoodRecord.Extracted? {
    run.likelihoods[model]?.record.extracted
  }

  private func row(_ model: String, arm: String?, _ headline: ReportScores.Measure?) -> Table.Row {
    let orders = extracted(model)
    let bits = run.likelihoods[model]?.record.bitsPerToken["extracted"]
    var cells: [Table.Cell] = [
      Table.Cell(arm.map(titles.title(ofArm:)) ?? titles.title(ofModel: model)),
      Table.Cell(Self.words(orders?.rule)),
      orders.map { .number($0.stepDistance, decimals: 2) } ?? "–",
      orders.map { .number($0.variety, decimals: 2) } ?? "–",
      bits.map { .number($0.mean, spread: $0.standardError, decimals: 3) } ?? "–",
    ]
    if let headline {
      let values = arm.map { scores.values($0, headline) } ?? [:]
      let summary = Summary(inSequence: values)
      cells.append(
        values.isEmpty ? "–" : .number(summary.mean, spread: summary.standardError, decimals: 2))
    }
    return Table.Row(
      cells, style: titles.isSpecialised(model: model) ? .highlighted : .plain)
  }

  /// A rule in words: what is shared first, then its other keys.
  static func words(_ rule: JSONValue?) -> String {
    guard var members = rule?.object, !members.isEmpty else { return "confidence" }
    let shared = ["static", "scope"].compactMap { members.removeValue(forKey: $0)?.string }
    return
      (shared
      + members.sorted { $0.key < $1.key }.map { key, value in
        "\(key.replacing("_", with: " ")) \(value.string ?? value.text)"
      }).joined(separator: ", ")
  }
}
