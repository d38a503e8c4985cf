import Comparison
import Features
import Files
import Shards
import TestSupport
import Testing

/// Every record that `score` writes is read back as it was, to the byte.
struct RecordTests {
  private static let provenance = Provenance(
    stage: "score", algorithm: 2, configID: "c", seed: .max,
    inputs: [.init(role: "real", name: "real.shard", contentID: "r")])

  /// Writes, reads and writes again.
  private func twice<Record: Codable & Equatable & Sendable>(_ record: Record) throws -> String {
    let text = try JSONValue(record: Published(record, provenance: Self.provenance)).prettyText
    let read: Published<Record> = try JSONValue(parsing: text).record()
    #expect(read.record == record && read.provenance == Self.provenance && read.schema == 1)
    #expect(read.inputs("real") == ["r"])
    #expect(try JSONValue(record: read).prettyText == text)
    return text
  }

  private func keys(_ value: JSONValue?) -> [String] { (value?.object ?? [:]).keys.sorted() }

  @Test func `the score of an arm`() throws {
    let text = try twice(try ExampleScore(blocks: 5).record())
    let json = try JSONValue(parsing: text)
    #expect(
      keys(json) == [
        "arm", "commonest_code", "counts", "extractor", "metrics", "provenance", "schema", "seeds",
        "step_distance", "warnings",
      ])
    #expect(keys(json["counts"]) == ["classes", "compared", "generated", "neighbours", "real"])
    #expect(keys(json["extractor"]) == ["dimension", "name", "resize", "weights_sha256"])
    #expect(keys(json["step_distance"]) == ["interval_95", "mean", "name", "standard_error", "values"])
    #expect(
      keys(json["commonest_code"]) == ["code", "mean", "name", "real", "standard_error", "values"])
    let entry = json["metrics"]?.array?.first { $0["quantity"] == "kernel" }
    #expect(
      keys(entry) == [
        "against", "dimension", "floors", "jackknife_error", "layer", "mean", "name", "quantity", "raw",
        "standard_error", "values",
      ])
    #expect(entry?["jackknife_error"] == .null)
    #expect(
      keys(entry?["floors"]) == [
        "reconstructions_of_second_half", "reconstructions_of_the_same", "second_half",
      ])
    #expect(json["metrics"]?.array?.first?["jackknife_error"]?.double != nil)
  }

  @Test func `the score of an arm without features has less`() throws {
    let example = try ExampleScore()
    let record = try ArmScore(
      settings: example.settings, samplesPath: "samples", samples: [example.samples[0]], test: []
    ).record(generated: nil, real: nil, reconstructions: nil)
    let json = try JSONValue(parsing: try twice(record))
    #expect(
      keys(json) == [
        "arm", "counts", "metrics", "provenance", "schema", "seeds", "step_distance", "warnings",
      ])
    #expect(keys(json["counts"]) == ["classes", "generated"])
    #expect(json["step_distance"]?["standard_error"] == .null)
  }

  @Test func `what folders score`() throws {
    let example = try ExampleScore()
    let sets = example.generatedBySeed
    func record(_ generated: [LoadedFeatures], against: LoadedFeatures? = nil) throws -> FoldersRecord {
      let metrics: [Metric] = [.fid, .fidInfinity, .kid, .kidSubsets, .precisionRecall]
      var comparison = try FolderComparison(
        real: ScoredSet(path: "real", features: example.real, inputs: []),
        generated: generated.map { ScoredSet(path: "fake", features: $0, inputs: []) },
        against: against.map { ScoredSet(path: "other", features: $0, inputs: []) }, layers: [],
        settings: FolderSettings(kidSubsets: 2, kidSubsetSize: 5, permutations: 3))
      let rows = try comparison.rows(metrics, strictly: true)
      return FoldersRecord(
        comparison, asked: metrics, rows: rows, differences: try comparison.differences(metrics), algorithm: 2
      )
    }
    let several = try JSONValue(parsing: try twice(try record(sets)))
    #expect(several["tool"] == ["algorithm": 2, "name": "score folders"])
    #expect(several["asked"]?.strings?.last == "precision-recall")
    let rows = try #require(several["metrics"]?.array)
    let usual = [
      "deviations", "dimension", "generated_counts", "interval", "mean", "metric", "name", "raw",
      "reference_count", "values",
    ]
    for (metric, own) in [
      ("fid", []), ("fid-infinity", ["points", "reference", "slopes"]), ("kid-subsets", ["subset_sizes"]),
      ("precision-recall", ["k"]),
    ] {
      #expect(keys(rows.first { $0["metric"]?.string == metric }) == (usual + own).sorted(), "\(metric)")
    }
    #expect(
      keys(several["sets"]?.array?.first) == ["content_id", "count", "holds_statistics", "path", "role"])
    let tested = try JSONValue(parsing: try twice(try record([sets[0]], against: sets[1])))
    #expect(
      keys(tested["differences"]?.array?.first) == ["difference", "name", "p_value", "permutations"])
    #expect(tested["metrics"]?.array?.first?["interval"] == .null)
  }

  @Test func `likelihoods`() throws {
    let text = """
      {"bits_per_token":{"greedy":{"interval_95":[2.0,3.5],"mean":3.0,"standard_error":0.25},\
      "raster":{"interval_95":[1.0,1.0],"mean":1.0,"standard_error":null}},\
      "gain_of_greedy_over_raster":{"nats_per_image":4.0,\
      "nats_per_token":{"interval_95":[0.0,1.0],"mean":0.5,"standard_error":0.125}},\
      "greedy_step_distance":{"interval_95":[1.0,2.0],"mean":1.5,"standard_error":1e-20},\
      "images":32,"tokens_per_image":49}
      """
    let record: LikelihoodRecord = try JSONValue(parsing: text).record()
    #expect(try JSONValue(record: record).text == text)
    _ = try twice(record)
  }

  @Test func `completed images, with what their shards say as it stands there`() throws {
    let text = """
      {"counts":{"completed":8,"others":24},"edits":[{"arm":"a",\
      "decoded_metrics":[{"layer":"l-2","mean":1.0,"name":"FD(l-2, r)","standard_error":null,"values":[1.0]}],\
      "edit":{"mask_fraction":1.0,"more":[1,2.0,null],"task":"inpaint"},"images":8,\
      "known_pixels":{"mean":1.0,"standard_error":0.0,"values":[1.0,1.0]},"metrics":[],"name":"a-50","seeds":[1,2]}],\
      "floors":[{"layer":"l-2","name":"FD(l-2, r)","rank_deficient":true,"value":0.5}]}
      """
    let record: EditingRecord = try JSONValue(parsing: text).record()
    #expect(try JSONValue(record: record).text == text)
    _ = try twice(record)
  }

  @Test func `another file is refused by the name of what it lacks`() throws {
    let place = try TemporaryFolder()
    let path = place.file("score.json")
    try writeAtomically(Array(#"{"arm": 5}"#.utf8), to: path)
    let failure = #expect(throws: ShardError.self) { try Published<ArmRecord>(reading: path, key: "arm") }
    #expect(
      failure?.description.contains(
        "a result of 'score' with 'arm' and its provenance, found something else: 'arm' is not a string")
        == true,
      "\(failure?.description ?? "")")
    try writeAtomically(Array("{".utf8), to: path)
    #expect(throws: ShardError.self) { try Published<ArmRecord>(reading: path, key: "arm") }
  }
}
