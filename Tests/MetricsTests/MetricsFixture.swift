import Foundation
import Metrics
import TestSupport

/// The reference values of `Fixtures/metrics-a`: features in the safetensors file, results in the JSON beside
/// it.
struct MetricsFixture {
  let file: FixtureFile
  private let cases: [String: Any]

  init() throws {
    file = try FixtureFile(named: "metrics-a")
    let data = try Data(contentsOf: FixtureFile.folder.appending(path: "metrics-a.json"))
    let root = try JSONSerialization.jsonObject(with: data) as? [String: Any]
    cases = (root?["cases"] as? [String: Any] ?? [:]).merging(["is": root?["is"] ?? [:]]) { own, _ in own }
  }

  func features(_ key: String) throws -> FeatureSet {
    try FeatureSet(key, dimension: file.shape(key)[1], values: file.floats(key))
  }

  /// The number at a path such as ["full", "kid", "mean"].
  func number(_ path: String...) -> Double {
    var node: Any? = cases
    for key in path { node = (node as? [String: Any])?[key] }
    guard let number = node as? NSNumber else { fatalError("metrics-a.json has no \(path)") }
    return number.doubleValue
  }

  /// Whether there is anything at a path.
  func has(_ path: String...) -> Bool {
    var node: Any? = cases
    for key in path { node = (node as? [String: Any])?[key] }
    return node != nil
  }

  /// Precision, recall, density and coverage at a path.
  func scores(_ path: String...) -> [Double]? {
    var node: Any? = cases
    for key in path { node = (node as? [String: Any])?[key] }
    guard let values = node as? [String: Double] else { return nil }
    return ["precision", "recall", "density", "coverage"].map { values[$0] ?? .nan }
  }
}
