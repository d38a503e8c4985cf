import Files
import Foundation
import Shards
import TestSupport
import Testing

/// The top of `score report`'s page on scores written here: the verdict, the warnings, and names of arms.
@Suite struct ScoreReportTests {
  let place: TemporaryFolder

  init() throws { place = try TemporaryFolder() }

  private static let arms: [(name: String, model: String, order: String, teacher: String)] = [
    ("anyorder-random", "anyorder-long", "random", ""), ("distill-greedy", "distill", "greedy", ""),
    ("distill-teacher", "distill", "greedy", "anyorder"),
    ("raster-scratch-raster", "raster-scratch", "raster", ""),
  ]

  /// Distances to reconstructions by arm and seed; those to real images are larger by 16.
  private static let distances: [String: [Double]] = [
    "anyorder-random": [5, 5.2, 5.1], "distill-greedy": [4.5, 5.4, 5], "distill-teacher": [4, 4.1, 4.05],
    "raster-scratch-raster": [2, 2.11, 2.04],
  ]

  private func write(_ json: JSONValue, _ path: String) throws {
    let file = place.file(path)
    try FileManager.default.createDirectory(
      at: URL(filePath: file).deletingLastPathComponent(), withIntermediateDirectories: true)
    try writeAtomically(Array(json.text.utf8), to: file)
  }

  private func writeSettings(rasterSteps: Int = 30) throws {
    var settings: [String: JSONValue] = [
      "arms": .object(
        Dictionary(
          uniqueKeysWithValues: Self.arms.map {
            (
              $0.name,
              ["model": .string($0.model), "order": .string($0.order), "teacher": .string($0.teacher)]
            )
          })),
      "raster-scratch": ["steps": .integer(rasterSteps)],
    ]
    for (model, steps) in [("anyorder", 20), ("anyorder-long", 10), ("distill", 10)] {
      settings[model] = ["steps": .integer(steps)]
    }
    try write(.object(settings), "run/config/settings.json")
    try writeModels()
  }

  /// What make says of the models, with other titles if `renamed`.
  private func writeModels(renamed: Bool = false) throws {
    let models = [
      ("anyorder", "any-order", "base", "", "random"),
      ("anyorder-long", "any-order, trained on", "control", "anyorder", "random"),
      ("distill", renamed ? "taught" : "distilled", "specialised", "anyorder", "greedy"),
      ("raster-scratch", "raster from scratch", "raster", "", "raster"),
    ].map { name, title, role, start, order -> JSONValue in
      [
        "name": .string(name), "title": .string(title), "role": .string(role), "from": .string(start),
        "settings": .string(name), "order": .string(order),
      ]
    }
    try write(["models": .array(models)], "run/config/models.json")
  }

  private func entry(
    _ values: [Double], _ quantity: String, _ symbol: String, against: String, floors: JSONValue,
    layer: String,
    dimension: Int
  ) -> JSONValue {
    let mean = values.reduce(0, +) / Double(values.count)
    return [
      "name": .string("\(symbol)(\(layer), resize)"), "quantity": .string(quantity), "layer": .string(layer),
      "dimension": .integer(dimension), "against": .string(against),
      "values": .array(values.map(JSONValue.number)), "mean": .number(mean),
      "standard_error": values.count > 1 ? .number(0.25) : .null, "floors": floors,
    ]
  }

  /// The scores of all arms, `compared` images against as many.
  private func writeScores(
    compared: Int = 20_000, seeds: Int = 3, tokenizerError: Double = 3, only: [String]? = nil
  ) throws {
    for (arm, values) in Self.distances where only?.contains(arm) ?? true {
      let values = Array(values.prefix(seeds))
      var metrics = [JSONValue]()
      for (layer, dimension) in [("layer-a-112", 112), ("layer-b-1280", 1280)] {
        for (quantity, symbol, scale) in [("frechet", "FD", 1.0), ("kernel", "KD", 0.001)] {
          let toReal = values.map { ($0 + 16) * scale }
          let floors: JSONValue = [
            "second_half": .number(2 * scale),
            "reconstructions_of_second_half": .number(tokenizerError * scale),
          ]
          metrics.append(
            entry(
              toReal, quantity, symbol, against: "real", floors: floors, layer: layer, dimension: dimension))
          let toReconstructions = values.map { $0 * scale }
          metrics.append(
            entry(
              toReconstructions, quantity, symbol, against: "reconstructions",
              floors: ["second_half": .number(1.5 * scale)], layer: layer, dimension: dimension))
        }
      }
      let counts: JSONValue = [
        "generated": .array([JSONValue](repeating: .integer(compared), count: seeds)),
        "compared": .integer(compared), "neighbours": 5,
      ]
      try write(
        WrittenScores.arm([
          "arm": .string(arm), "seeds": .array((1...seeds).map(JSONValue.integer)),
          "metrics": .array(metrics), "counts": counts,
        ]), "run/scores/\(arm).json")
    }
  }

  private func page() throws -> String {
    let run = try Command.run(
      [Workplace.binaries + "/score", "report", "--run", "run", "--out", "report.html"], in: place.path)
    #expect(run.code == 0, "\(run.text)")
    return try String(contentsOfFile: place.file("report.html"), encoding: .utf8)
  }

  /// What stands above the first section.
  private func opening(_ page: String) throws -> String {
    let start = try #require(page.range(of: "<main>")).upperBound
    let end = try #require(page.range(of: "<section")).lowerBound
    return String(page[start..<end])
  }

  @Test func `the page opens with the answer, then warnings, then every arm with its error`() throws {
    try writeSettings()
    try writeScores()
    let page = try page()
    let top = try opening(page)
    let places = ["class=\"verdict\"", "class=\"aside warning\"", "class=\"key-figures\"", "<table>"].map {
      top.range(of: $0)?.lowerBound
    }
    #expect(!places.contains(nil))
    #expect(places.compactMap { $0 } == places.compactMap { $0 }.sorted())
    #expect(top.contains("<p class=\"headline\">In this run, specialised orders helped.</p>"))
    // The teacher's policy made the orders, so its arm is the one that is asked about.
    #expect(top.contains("<p>“distilled · greedy, any-order teacher” scores 4.05 ± 0.03"))
    #expect(top.contains("“distilled · greedy” scores 4.97 ± 0.26, not to be told from the control"))
    #expect(
      top.contains("Raster is best: “raster from scratch · raster” has the lowest distance of all 4 arms"))
    #expect(top.contains("correction for 4 comparisons"))
    #expect(top.contains("By <code>KD(layer-a-112, resize)</code>"))
    #expect(top.contains("one training seed cannot tell whether another training would end alike"))
    // A card for each arm, raster among them, each with ±.
    let cards = try #require(top.range(of: "<dl class=\"key-figures\">.*?</dl>", options: .regularExpression))
    #expect(top[cards].components(separatedBy: "<dt>").count == 1 + 4)
    #expect(top[cards].components(separatedBy: "<small>± ").count == 1 + 4)
    #expect(top[cards].contains("raster from scratch · raster</dt><dd>2.05 <small>± 0.03</small></dd>"))
    #expect(top[cards].contains("<strong>lowest of all</strong>"))
  }

  @Test func `arms have one name in cards, tables and charts, and features are named`() throws {
    try writeSettings()
    try writeScores()
    let page = try page()
    for title in ["any-order, trained on · random", "distilled · greedy, any-order teacher"] {
      #expect(page.components(separatedBy: title).count > 6, "\(title)")
    }
    // A bar's name is broken over two lines, its description is not; a name of the settings stands in the table alone.
    #expect(page.contains("FD(layer-a-112, resize): any-order, trained on · random 5.10 ± 0.25;"))
    #expect(page.contains("KD(layer-b-1280, resize)"))
    #expect(page.components(separatedBy: ">distill-teacher<").count == 2)
    #expect(page.contains("<small>distill-teacher</small>"))
    #expect(!page.contains("FID") && !page.contains("KID"))
    #expect(page.contains(">KD to reconstr.</th>") && page.contains(">0.004050 <small>"))
  }

  @Test func `arms of one model and order are told apart by their own names`() throws {
    try write(
      [
        "arms": [
          "warm": ["model": "distill", "order": "greedy", "teacher": ""],
          "cool": ["model": "distill", "order": "greedy", "teacher": ""],
        ]
      ], "run/config/settings.json")
    try writeModels()
    for arm in ["warm", "cool"] {
      try write(
        WrittenScores.arm(["arm": .string(arm), "seeds": [1]]),
        "run/scores/\(arm).json")
    }
    let page = try page()
    #expect(page.contains("distilled · greedy (cool)") && page.contains("distilled · greedy (warm)"))
  }

  @Test func `titles, roles and the models behind come from the run's list`() throws {
    try writeSettings()
    try writeScores()
    try writeModels(renamed: true)
    var page = try page()
    #expect(page.contains("“taught · greedy, any-order teacher” scores 4.05") && !page.contains("distilled"))
    // Without the list nothing is known of the models but their names.
    try FileManager.default.removeItem(atPath: place.file("run/config/models.json"))
    page = try self.page()
    #expect(try opening(page).contains("There are no distances of a specialised arm"))
    #expect(page.contains("raster-scratch · raster"))
    // Nor from a list that no make wrote; models that begin with each other have no steps.
    try write(["models": [["name": "distill"]]], "run/config/models.json")
    let run = try Command.run(
      [Workplace.binaries + "/score", "report", "--run", "run", "--out", "report.html"], in: place.path)
    #expect(run.code == 65 && run.text.contains("it is no list of models"), "\(run.text)")
  }

  @Test func `warnings stand on top where there is reason, and only there`() throws {
    try writeSettings()
    try writeScores()
    var top = try opening(try page())
    #expect(top.contains("There is one training seed"))
    for words in [
      "rank-deficient", "fewer than 10 a feature", "Reconstructions are poor", "sampling seeds leave",
    ] {
      #expect(!top.contains(words), "\(words)")
    }

    // 700 images are fewer than 1,280 features, and fewer than ten for each of 112.
    try writeScores(compared: 700, seeds: 2, tokenizerError: 15)
    top = try opening(try page())
    #expect(
      top.contains("700 images are compared by the 1,280 features of <code>layer-b-1280</code>: covariances"))
    #expect(top.contains("by the 112 features of <code>layer-a-112</code>, fewer than 10 a feature"))
    #expect(top.contains("√(D/N) = 40 %"))
    #expect(
      top.contains("score 15.0 against real images, the best arm 18.1 (<code>FD(layer-a-112, resize)</code>)")
    )
    #expect(top.contains("2 sampling seeds leave 1 degree of freedom: even a single t must exceed 12.7"))

    try writeScores(compared: 700, seeds: 1)
    top = try opening(try page())
    #expect(top.contains("One sampling seed cannot tell whether specialised orders helped."))
    #expect(top.contains("<small>± unknown, one seed</small>"))
  }

  @Test func `with fewer images than features everywhere the verdict goes by the kernel distance`() throws {
    try writeSettings()
    try writeScores(compared: 100)
    let page = try page()
    let top = try opening(page)
    #expect(
      top.contains("<code>KD(layer-a-112, resize)</code> to reconstructions of test images, 100 against 100"))
    #expect(top.contains("scores 0.00405 ± 0.00003"))
    #expect(!page.contains("aria-label=\"Distance to real images. FD("), "charts of unbiased distances only")
  }

  @Test func `arms that do not compare take no part, and unequal steps are said`() throws {
    try writeSettings(rasterSteps: 25)
    try writeScores()
    try writeScores(compared: 500, only: ["raster-scratch-raster"])
    let top = try opening(try page())
    #expect(top.contains("“raster from scratch · raster” compares 500 images and most arms 20,000."))
    #expect(!top.contains("Raster is best") && top.contains("lowest distance of all 3 arms"))
    #expect(top.contains("was trained for 25 steps in all, the specialised model for 30"))
  }

  @Test func `without features nothing is claimed`() throws {
    try writeSettings()
    for arm in Self.arms {
      try write(
        WrittenScores.arm(["arm": .string(arm.name), "seeds": [1, 2]]),
        "run/scores/\(arm.name).json")
    }
    let top = try opening(try page())
    #expect(top.contains("Whether specialised orders helped was not measured."))
    #expect(top.contains("no features of the images were given"))
    #expect(!top.contains("key-figures") && !top.contains("helped."))
  }

  @Test func `likelihood along the extracted order is shown where it was measured`() throws {
    func bits(_ mean: Double) -> JSONValue { ["mean": .number(mean), "standard_error": 0.03] }
    func likelihood(_ extracted: JSONValue?) -> JSONValue {
      var orders: [String: JSONValue] = ["raster": bits(3.1), "random": bits(3.2), "greedy": bits(3)]
      orders["extracted"] = extracted
      return WrittenScores.likelihood(["images": 100, "bits_per_token": .object(orders)])
    }
    try writeModels()
    try write(likelihood(nil), "run/scores/likelihood-anyorder.json")
    var page = try page()
    #expect(page.contains("any-order") && !page.contains(">extracted</th>"))
    try write(likelihood(bits(2.745)), "run/scores/likelihood-distill.json")
    try FileManager.default.createDirectory(
      atPath: place.file("run/distill"), withIntermediateDirectories: true)
    try writeAtomically(
      Array("{\"step\":1,\"validation_extracted\":3.5}\n{\"step\":9,\"validation_extracted\":2.9}\n".utf8),
      to: place.file("run/distill/metrics.jsonl"))
    page = try self.page()
    #expect(
      page.contains(">extracted</th>") && page.contains("<strong>2.745</strong> <small>± 0.030</small>"))
    #expect(page.contains("Test images in extracted orders. bits per token over step: distilled."))
  }
}
