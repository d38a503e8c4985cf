import Files
import Foundation

/// Settings of order rules, of a policy and of other trainings below `odd/config/`: sections that the preset smoke lacks,
/// with its own for what is not said here.
enum RuleSettings: String, CaseIterable {
  case rows, entropy, frontier, columns
  case mean = "mean-class"
  case policy
  case kept

  var path: String { "odd/config/\(rawValue).json" }

  /// What shares the orders, once it was made.
  static func shared(_ rule: RuleSettings) -> String { "odd/rules/\(rule.rawValue).shard" }

  private var rule: JSONValue? {
    switch self {
    case .rows: ["block": [1, 7]]
    case .entropy: ["score": "entropy"]
    case .frontier: ["frontier": true]
    case .columns: ["static": "columns"]
    case .mean: ["static": "mean-rank", "scope": "class"]
    case .policy, .kept: nil
    }
  }

  static func make() throws {
    try FileManager.default.createDirectory(atPath: "odd/config", withIntermediateDirectories: true)
    try FileManager.default.createDirectory(atPath: "odd/rules", withIntermediateDirectories: true)
    for settings in allCases {
      try writeAtomically(Array(settings.content().text.utf8), to: settings.path)
    }
    // An arm that draws in shared orders.
    var arm = try read("samples-distill-greedy")
    arm["rule"] = RuleSettings.columns.rule
    arm["arm"] = .object((arm["arm"]?.object ?? [:]).merging(["order": "given"]) { $1 })
    try writeAtomically(Array(JSONValue.object(arm).text.utf8), to: "odd/config/samples-columns.json")
  }

  private static func read(_ name: String) throws -> [String: JSONValue] {
    try JSONValue(parsing: try ReadableFile.bytes(of: "run/config/\(name).json")).object ?? [:]
  }

  private func content() throws -> JSONValue {
    if let rule {
      var settings = try Self.read("orders")
      settings["orders"] = .object((settings["orders"]?.object ?? [:]).merging(["rule": rule]) { $1 })
      return .object(settings)
    }
    var settings = try Self.read(self == .policy ? "raster-tuned" : "anyorder")
    var training = settings["training"]?.object ?? [:]
    if self == .policy {
      settings["model"] = nil
      settings["policy"] = ["width": 16, "layers": 1, "heads": 2, "hidden": 32]
      training["objective"] = "orders"
      training["keep"] = "best"
    } else {
      training.merge(
        ["average": 0.9, "keep": "best", "optimizer": "muon", "schedule": "stable", "decay_share": 0.3]
      ) { $1 }
    }
    settings["training"] = .object(training)
    return .object(settings)
  }
}
