import Files
import Foundation
import Shards
import StageKit

/// Collects what the shards of one split hold, one file at a time.
struct GroupReader {
  private(set) var orders: OrderSummary?
  private(set) var tensors: [NamedTensor] = []
  private var texts: TextSummary?
  private var kind: ShardKind?
  private var extra: JSONValue = .null
  private var labels: [Int: Int] = [:]
  private var codes: [Int] = []
  private var count = 0
  private var extraction = ""
  /// Facts in which all shards of one split agree; another value means that files of two runs were mixed.
  private static let shared = [
    "grid", "codebook", "model", "image", "class_names", "arm", "extractor", "split", "lazy", "policy",
    "rule",
    "static",
  ]
  private var squares = 0.0

  /// Reads and verifies one file and returns its header. Throws `ShardError`.
  mutating func add(_ path: String) throws -> ShardHeader {
    let header = try ShardHeader.peek(path)
    if let kind, kind != header.kind {
      throw ShardError.mismatch(path: path, expected: kind.rawValue, found: header.kind.rawValue)
    }
    for key in Self.shared where kind != nil && extra[key] != header.extra[key] {
      throw ShardError.mismatch(
        path: path, expected: "the \(key) \(extra[key]?.text ?? "none") of its neighbours",
        found: header.extra[key]?.text ?? "none")
    }
    kind = header.kind
    switch header.kind {
    case .tokens:
      let table = try TokenTable(reading: path)
      add(labels: table.labels)
      add(codes: table.tokens, of: table.codebookSize)
    case .orders:
      let table = try OrderTable(reading: path)
      add(table.orders, table.confidences, table.gridHeight, table.gridWidth)
      extraction = table.extractionText
    case .samples:
      let table = try SampleTable(reading: path)
      add(labels: table.labels)
      add(codes: table.tokens, of: 1)
      add(table.orders, table.confidences, table.gridHeight, table.gridWidth)
    case .features:
      let table = try FeatureTable(reading: path)
      add(labels: table.labels)
      squares += table.features.reduce(0) { $0 + Double($1) * Double($1) }
    case .weights: tensors = try WeightsTable(reading: path).tensors
    case .progress:
      let table = try ProgressTable(reading: path)
      add(labels: table.labels)
      add(codes: table.tokens, of: table.codebookSize)
    case .staticOrders:
      let table = try StaticOrderTable(reading: path)
      add(table.orders, [Float](repeating: 1, count: table.orders.count), table.gridHeight, table.gridWidth)
    case .texts: texts = TextSummary(try TextTable(reading: path))
    case .textTokenizer: texts = try TextSummary(TextTokenizerTable(reading: path), path: path)
    }
    count += header.records
    extra = header.extra
    return header
  }

  private mutating func add(labels new: [UInt32]) { for label in new { labels[Int(label), default: 0] += 1 } }

  private mutating func add(codes new: [UInt16], of size: Int) {
    let needed = max(size, Int(new.max() ?? 0) + 1)
    if codes.count < needed { codes += [Int](repeating: 0, count: needed - codes.count) }
    for code in new { codes[Int(code)] += 1 }
  }

  private mutating func add(_ new: [UInt16], _ confidences: [Float], _ height: Int, _ width: Int) {
    var summary = orders ?? OrderSummary(gridHeight: height, gridWidth: width)
    summary.add(orders: new, confidences: confidences)
    orders = summary
  }

  /// Facts for people and programs, in the sequence in which they are shown.
  var facts: [(name: String, text: String, json: JSONValue)] {
    var result: [(name: String, text: String, json: JSONValue)] = []
    func add(_ name: String, _ text: String, _ json: JSONValue) { result.append((name, text, json)) }
    func addText(_ name: String, _ key: String) {
      if let text = extra[key]?.string { add(name, text, .string(text)) }
    }
    addText("split", "split")
    addText("arm", "arm")
    if let seed = extra["seed"] { add("image seed", seed.text, seed) }
    if let step = extra["step"], kind == .progress { add("training step", step.text, step) }
    if let grid = extra["grid"]?.ints, grid.count == 2 {
      add("grid", "\(grid[0])x\(grid[1]), \(grid[0] * grid[1]) tokens an image", extra["grid"] ?? .null)
    }
    if let image = extra["image"]?.ints, image.count == 3 {
      add("images", "\(image[0])x\(image[1]), \(image[2] == 1 ? "grey" : "colour")", extra["image"] ?? .null)
    }
    if kind == .orders { add("extraction", extraction, extra["lazy"] ?? "exact") }
    if let rule = extra["rule"] { add("rule", rule.text, rule) }
    if kind == .staticOrders, let classes = extra["classes"]?.int {
      add("shared by", "images of \(classes == 1 ? "one class" : "\(classes) classes")", .integer(classes))
    }
    if !labels.isEmpty { addClasses(&result) }
    if !codes.isEmpty { addCodes(&result) }
    if let views = extra["views"], kind == .tokens { add("views", "\(views.text) of each image", views) }
    if kind == .tokens || kind == .progress { addText("codebook", "codebook") }
    addText("extractor", "extractor")
    if let dimension = extra["dimension"]?.int {
      let root = (squares / Double(max(count * dimension, 1))).squareRoot()
      add("dimension", "\(dimension), root mean square \(String(format: "%.4g", root))", .integer(dimension))
    }
    result += texts?.facts ?? []
    if kind == .weights {
      let numbers = tensors.reduce(0) { $0 + $1.values.count }
      let bad = tensors.reduce(0) { $0 + $1.values.count { !$0.isFinite } }
      add("parameters", "\(grouped(numbers)) in \(tensors.count) tensors", .integer(numbers))
      if bad > 0 { add("not finite", "\(grouped(bad)) parameters", .integer(bad)) }
      for (key, value) in (extra.object ?? [:]).sorted(by: { $0.key < $1.key }) {
        add(key, value.text, value)
      }
    }
    return result
  }

  private func addClasses(_ result: inout [(name: String, text: String, json: JSONValue)]) {
    let names = extra["class_names"]?.strings ?? []
    let counts = labels.sorted { $0.key < $1.key }
    let shown = counts.prefix(12).map {
      "\(names.indices.contains($0.key) ? names[$0.key] : "\($0.key)") \($0.value)"
    }
    let text = shown.joined(separator: ", ") + (counts.count > 12 ? ", … (\(counts.count) classes)" : "")
    let json = counts.map { ("\($0.key)", JSONValue.integer($0.value)) }
    result.append(("classes", text, .object(Dictionary(json, uniquingKeysWith: { first, _ in first }))))
  }

  /// How many codes occur, and the entropy of their frequencies in bits.
  private func addCodes(_ result: inout [(name: String, text: String, json: JSONValue)]) {
    let total = Double(codes.reduce(0, +))
    let used = codes.count { $0 > 0 }
    let entropy = codes.reduce(0.0) { sum, count in
      count == 0 ? sum : sum - Double(count) / total * log2(Double(count) / total)
    }
    let size = extra["codebook_size"]?.int
    let share = size.map { String(format: " of %d (%.1f %%)", $0, 100 * Double(used) / Double($0)) } ?? ""
    result.append(
      (
        "codes used", "\(used)\(share), entropy \(String(format: "%.2f", entropy)) bits",
        ["used": .integer(used), "entropy": .number(entropy), "size": size.map(JSONValue.integer) ?? .null]
      ))
  }
}
