import Comparison
import Files
import Foundation
import Images
import RunReport
import Shards
import TestSupport
import Testing

/// Runs as reports read them.
struct RunFolderTests {
  let place: TemporaryFolder

  init() throws { place = try TemporaryFolder() }

  private func write(_ text: String, _ path: String) throws {
    try createFolders(of: path)
    try writeAtomically(Array(text.utf8), to: place.file(path))
  }

  private func createFolders(of path: String) throws {
    var folder = place.url(path)
    folder.deleteLastPathComponent()
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  /// The score of an arm with one number by two sampling seeds.
  private func score(_ arm: String, _ values: [Double], compared: Int = 100) -> String {
    let mean = values.reduce(0, +) / Double(values.count)
    return """
      {"arm": "\(arm)", "counts": {"classes": 2, "compared": \(compared), "generated": [50, 50], "neighbours": 3,
      "real": 200}, "extractor": {"dimension": 8, "name": "l-8", "resize": "r", "weights_sha256": "w"},
      "metrics": [{"against": "real", "dimension": 8, "floors": {"second_half": 0.5}, "jackknife_error": null,
      "layer": "l-8", "mean": \(mean), "name": "FD(l-8, r)", "quantity": "frechet", "raw": \(values),
      "standard_error": 0.25, "values": \(values)}],
      "provenance": {"algorithm": 2, "config_id": "c", "inputs": [], "seed": 1, "stage": "score"}, "schema": 1,
      "seeds": [1, 2], "step_distance": {"interval_95": [1.0, 2.0], "mean": 1.5, "name": "d",
      "standard_error": null, "values": [1.5]}, "warnings": []}
      """
  }

  private func runs() throws -> (RunFolder, RunFolder) {
    for (run, values) in [("a", [1.0, 2.0]), ("b", [2.0, 4.0])] {
      try write(score("arm", values), "\(run)/scores/arm.json")
      try write(#"{"arms": {"arm": {"model": "m", "order": "raster"}}}"#, "\(run)/config/settings.json")
    }
    return (try RunFolder(place.file("a")), try RunFolder(place.file("b")))
  }

  @Test func `scores are read as they were written`() throws {
    let (a, _) = try runs()
    let stored = try JSONValue(parsing: score("arm", [1, 2]))
    #expect(try JSONValue(record: try #require(a.scores["arm"])).prettyText == stored.prettyText)
    #expect(a.scores["arm"]?.record.metrics.first?.quantity == .frechet)
    try a.checkScores()
  }

  @Test func `two runs side by side are a record that is read back as it was`() throws {
    let (a, b) = try runs()
    let record = RunsReport(a, b).record
    let json = try JSONValue(record: record)
    #expect(try json.record(RunsRecord.self) == record)
    #expect(try JSONValue(record: json.record(RunsRecord.self)).prettyText == json.prettyText)
    let row = try #require(json["scores"]?.array?.first)
    #expect(row["arm"] == "arm" && row["model"] == nil && row["quantity"] == "FD(l-8, r) to real images")
    #expect(row["a"] == ["mean": 1.5, "standard_error": 0.25])
    #expect(row["difference"]?["mean"] == 1.5 && row["difference"]?["degrees_of_freedom"] == 1)
    #expect(json["settings"] == [] && json["schema"] == 1)
  }

  @Test func `a file of another kind among the scores is named`() throws {
    _ = try runs()
    try write(#"{"bits_per_token": {}}"#, "a/scores/likelihood-m.json")
    let failure = #expect(throws: ShardError.self) { try RunFolder(place.file("a")) }
    #expect(
      failure?.description.contains("likelihood-m.json") == true
        && failure?.description.contains("with 'bits_per_token' and its provenance") == true)
    try write(score("other", [1, 2]), "b/scores/arm.json")
    let run = try RunFolder(place.file("b"))
    let other = #expect(throws: ShardError.self) { try run.checkScores() }
    #expect(other?.description.contains("the score of the arm 'arm', found that of 'other'") == true)
  }

  @Test func `the page of a run shows whether images show what their sentences say`() throws {
    let (a, _) = try runs()
    let right = SentenceScore.Outcome(garment: true, background: true, label: true)
    let wrong = SentenceScore.Outcome(garment: false, background: true, label: true)
    let dress = TintedFashion.Attributes(label: 3, garment: 0, background: 5)
    let rows = try [[wrong, right, right, wrong, wrong, wrong, wrong, wrong], [right, right, right, right]]
      .map {
        try #require(SentencesRecord.Rows([$0.map { (dress, $0) }]))
      }
    let record = SentencesRecord(arm: "arm", generated: rows[0], ceiling: rows[1])
    let origin = Provenance(stage: "score", algorithm: 2, configID: "c", seed: 1)
    try write(
      JSONValue(record: Published(record, provenance: origin)).prettyText, "a/sentences/arm.json")
    try write("{}", "a/sentences/arm.run.json")
    try RunFolder(place.file("a")).checkScores()
    let html = try RunPage(run: a, tokenizer: nil, tokens: nil, orders: nil).page().html()
    #expect(html.contains("Sentences") && html.contains("real test images"))
    #expect(html.contains("25.0") && html.contains("held-out pairs"))
    try write("{}", "a/sentences/other.json")
    #expect(throws: ShardError.self) { try RunFolder(place.file("a")).checkScores() }
  }

  @Test func `a page has a dozen validations, the first and the last among them`() {
    #expect(ReportProgress.chosen(Array(0..<12)) == Array(0..<12))
    let some = ReportProgress.chosen(Array(0..<100))
    #expect(some.count == 12 && some.first == 0 && some.last == 99)
    #expect(zip(some, some.dropFirst()).allSatisfy { (8...10).contains($1 - $0) })
    #expect(ReportProgress.chosen([Int]()).isEmpty && ReportProgress.chosen(Array(0..<13)).count == 12)
  }

  @Test func `the page of a run shows its arms`() throws {
    let (a, _) = try runs()
    let html = try RunPage(run: a, tokenizer: nil, tokens: nil, orders: nil).page().html()
    #expect(html.contains("FD(l-8, r)") && html.contains("m · raster"))
  }

  @Test func `arms of one kind stand by the size of the numbers in their names`() throws {
    let names = ["few-6", "few-12", "few-48"]
    for name in names { try write(score(name, [1, 2]), "c/scores/\(name).json") }
    let arms = names.map { #""\#($0)": {"model": "m", "order": "raster"}"# }.joined(separator: ", ")
    try write(#"{"arms": {\#(arms)}}"#, "c/config/settings.json")
    let run = try RunFolder(place.file("c"))
    let html = try RunPage(run: run, tokenizer: nil, tokens: nil, orders: nil).page().html()
    let places = names.map { html.range(of: "m · raster (\($0))")?.lowerBound }
    #expect(!places.contains(nil) && places.compactMap { $0 } == places.compactMap { $0 }.sorted())
  }
}
