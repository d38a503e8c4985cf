import Files

/// All settings of a run, `config/settings.json`: a free-form file, since every preset has sections of its own. What
/// reports read of it is named here.
public struct RunSettings: Sendable {
  /// The whole file; null without it.
  let json: JSONValue

  /// What an arm samples with; nil for what the settings do not say.
  struct Arm: Decodable {
    var model: String?
    var order: String?
    /// Chooses the locations; empty where the model does.
    var teacher: String?
    /// What it draws with in place of the run's settings.
    var sampling: JSONValue?
    /// The same of ways of decoding.
    var decoding: JSONValue?

    /// Whether the policy chooses its locations: no model has that name.
    var followsPolicy: Bool { teacher == "policy" }

    /// Whether its images differ from those of other arms by more than models and orders.
    var drawsInItsOwnWay: Bool {
      sampling?.object.map { !$0.isEmpty } ?? false || decoding?["threshold"]?.double ?? 0 > 0
    }
  }

  /// Whether there is no such file.
  public var isMissing: Bool { json == .null }

  /// What the preset is for, a sentence.
  var about: String? { json["about"]?.string }

  /// Arms by name.
  var arms: [String: Arm] {
    (json["arms"]?.object ?? [:]).mapValues { (try? $0.record(Arm.self)) ?? Arm() }
  }

  /// Layers of the feature network.
  var layers: [String] { json["score"]?["layers"]?.strings ?? [] }

  /// Training steps of a section.
  func steps(_ section: String) -> Int? { json[section]?["steps"]?.int }
}
