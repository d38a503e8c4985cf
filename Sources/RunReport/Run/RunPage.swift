import Reporting

/// Everything a run holds on one page. The page is a function of the folder alone.
public struct RunPage {
  private let run: RunFolder
  private let tokenizer: String?
  private let tokens: String?
  private let orders: String?

  /// - Parameters:
  ///   - run: the run.
  ///   - tokenizer: the weights shard of its tokenizer; nil for its own.
  ///   - tokens: the folder of train/ and test/ tokens; nil for its own.
  ///   - orders: the folder of order shards; nil for its own.
  public init(run: RunFolder, tokenizer: String?, tokens: String?, orders: String?) {
    self.run = run
    self.tokenizer = tokenizer
    self.tokens = tokens
    self.orders = orders
  }

  /// - Throws: `ShardError` for shards that cannot be read.
  public func page() throws -> Page {
    let titles = RunTitles([run])
    let scores = ReportScores(run: run, titles: titles)
    let tokenizer = tokenizer ?? "\(run.path)/tokenizer/model.shard"
    let pictures = ReportPictures(
      run: run, titles: titles, tokenizer: tokenizer,
      tokens: tokens ?? "\(run.path)/tokens", orders: orders ?? "\(run.path)/orders")
    let sections =
      [ReportComparison(scores: scores).section(), try ReportSentences(run: run, titles: titles).section()]
      .compactMap { $0 } + (try pictures.sections())
      + [
        try ReportProgress(run: run, titles: titles, tokenizer: tokenizer).section(),
        try ReportEditing(run: run, titles: titles).section(),
      ].compactMap { $0 }
      + [ReportRules(scores: scores).section()].compactMap { $0 }
      + ReportModels(run: run, titles: titles).sections() + (try ReportRecord(run: run).sections())
    return Page(
      title: "Specialised orders for visual generation", eyebrow: "OrderedAR · \(run.name)",
      lead: run.settings.about ?? "What this run holds.",
      opening: ReportOpening(scores: scores).blocks(), sections: sections,
      footer: "Made by `score report` from the run's own files. It holds no scripts and loads nothing.")
  }
}
