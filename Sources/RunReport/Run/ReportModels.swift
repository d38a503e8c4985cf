import Comparison
import Files
import Reporting

/// How models were trained and how well they predict test images.
struct ReportModels {
  let run: RunFolder
  let titles: RunTitles

  func sections() -> [Page.Section] { [likelihood(), training(), tokenizer()].compactMap { $0 } }

  private func likelihood() -> Page.Section? {
    let models = titles.sorted(models: run.likelihoods.keys)
    guard let first = models.first.flatMap({ run.likelihoods[$0]?.record }) else { return nil }
    // Scores from before there was the extracting model's order lack it.
    let orders = PredictionOrders.sorted(run.likelihoods.values.flatMap(\.record.bitsPerToken.keys))
    func bits(_ model: String, _ order: String) -> LikelihoodRecord.ImageSpread? {
      run.likelihoods[model]?.record.bitsPerToken[order]
    }
    func cell(
      _ value: LikelihoodRecord.ImageSpread?, decimals: Int, isBest: Bool = false
    ) -> Table.Cell {
      guard let value else { return "–" }
      return .number(value.mean, spread: value.standardError, decimals: decimals, isBest: isBest)
    }
    let best = orders.map { order in models.compactMap { bits($0, order)?.mean }.min() }
    let rows = models.map { model -> Table.Row in
      let record = run.likelihoods[model]?.record
      let bits = zip(orders, best).map { order, best in
        cell(bits(model, order), decimals: 3, isBest: bits(model, order)?.mean == best)
      }
      let gain = cell(record?.gain.perToken, decimals: 3)
      let distance = cell(record?.greedyStepDistance, decimals: 2)
      return Table.Row(
        [Table.Cell(titles.title(ofModel: model))] + bits + [gain, distance],
        style: titles.isSpecialised(model: model) ? .highlighted : .plain)
    }
    let images = Format.count(first.images)
    return Page.Section(
      "Likelihood",
      [
        .paragraph(
          "Bits per token of \(images) test images given their class, by order of prediction; "
            + "lower is better. "
            + "The gain says how many nats the model's own greedy order saves per token against raster "
            + "order on the "
            + "same images. Greedy orders of test images are found with the images at hand, so their "
            + "likelihood is no "
            + "bound on that of a generator, which must choose before it sees."
            + (orders.contains("extracted")
              ? " The extracted order is the one that the extracting model finds most confident, the policy that "
                + "specialised models were trained for; of a model that learned a rule's orders, that rule's."
              : "")),
        .table(
          Table(
            caption: "Bits per token, mean ± standard error over images.",
            columns: ["model"] + orders.map { Table.Column($0) } + ["gain, nats"]
              + [Table.Column("d", hint: "Mean step distance of the greedy orders")],
            rows: rows)),
      ])
  }

  /// Points of one number of a log, where it was measured.
  private func points(_ log: [JSONValue], _ key: String, scale: Double = 1) -> [(x: Double, y: Double)] {
    log.compactMap { entry in
      guard let step = entry["step"]?.double, let value = entry[key]?.double else { return nil }
      return (step, value * scale)
    }
  }

  /// Means over about a hundred stretches of a noisy line.
  private func smoothed(_ points: [(x: Double, y: Double)]) -> [(x: Double, y: Double)] {
    let width = max(points.count / 100, 1)
    return stride(from: 0, to: points.count, by: width).map { start in
      let part = points[start..<min(start + width, points.count)]
      return (part.last?.x ?? 0, part.reduce(0) { $0 + $1.y } / Double(part.count))
    }
  }

  private func training() -> Page.Section? {
    let models = titles.sorted(
      models: run.folders(with: "metrics.jsonl").filter { $0 != "tokenizer" })
    let logs = models.map { (name: titles.title(ofModel: $0), log: run.log(of: $0)) }.filter {
      !$0.log.isEmpty
    }
    guard !logs.isEmpty else { return nil }
    func chart(_ title: String, _ y: String, _ key: String, smooth: Bool) -> Block.Chart? {
      let series = logs.compactMap { model -> LineChart.Series? in
        let line = points(model.log, key)
        return line.isEmpty ? nil : LineChart.Series(model.name, points: smooth ? smoothed(line) : line)
      }
      return series.isEmpty ? nil : .line(LineChart(title: title, xLabel: "step", yLabel: y, series: series))
    }
    let charts = [
      chart("Training loss", "bits per token", "bits_per_token", smooth: true),
      chart("Test images in raster order", "bits per token", "validation_raster", smooth: false),
      chart("Test images in random orders", "bits per token", "validation_random", smooth: false),
      chart("Test images in extracted orders", "bits per token", "validation_extracted", smooth: false),
      chart("Mean step distance of the training orders", "d", "step_distance", smooth: true),
      chart("d of the greedy order while training", "d", "greedy_step_distance", smooth: false),
      chart("Held-out steps that a policy takes as extracted", "share", "validation_top1", smooth: false),
      chart(
        "Confidence that a policy gives away", "nats a step", "validation_regret", smooth: false),
    ]
    return Page.Section(
      "Training",
      [
        .paragraph(
          "Every model's own steps; fine-tuned models continue the any-order model, whose steps count "
            + "before theirs."
        ),
        .charts(charts.compactMap { $0 }),
      ])
  }

  private func tokenizer() -> Page.Section? {
    let log = run.log(of: "tokenizer")
    guard let last = log.last else { return nil }
    var facts = [Block.Definition]()
    if let psnr = last["test_psnr"]?.double {
      facts.append(.init("PSNR", "\(Format.fixed(psnr, 1)) dB, reconstructions against test images"))
    }
    if let usage = last["test_usage"]?.double ?? last["usage"]?.double {
      facts.append(.init("codes in use", Format.percent(usage, 1)))
    }
    if let entropy = last["test_entropy_bits"]?.double {
      facts.append(.init("entropy of a code", "\(Format.fixed(entropy, 2)) bits"))
    }
    func chart(_ title: String, _ y: String, _ key: String, scale: Double = 1) -> Block.Chart? {
      let line = points(log, key, scale: scale)
      return line.isEmpty
        ? nil
        : .line(LineChart(title: title, xLabel: "step", yLabel: y, series: [.init(title, points: line)]))
    }
    let charts = [
      chart("Test PSNR", "dB", "test_psnr"), chart("Codes in use", "percent", "usage", scale: 100),
      chart("Reconstruction loss", "mean squared error", "reconstruction"),
    ].compactMap { $0 }
    return Page.Section("Tokenizer", [.definitions(facts), .charts(charts)])
  }
}
