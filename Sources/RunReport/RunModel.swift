import Files
import Reporting
import Shards

/// What a run's `config/models.json` says of a model: its name for readers, what it stands for, and where it began.
struct RunModel: Decodable, Equatable, Sendable {
  /// Of its folder and in the settings of arms.
  let name: String
  let title: String
  let role: Role
  /// The model whose training it continues; empty for one from random weights.
  let start: String
  /// The section of the settings that it was trained with.
  let settings: String
  /// The order in which it draws as it was trained to.
  let order: String

  enum CodingKeys: String, CodingKey {
    case name, title, role, settings, order
    case start = "from"
  }

  enum Role: String, Decodable, Sendable {
    case base, control, specialised, other, raster, fixed
  }

  /// The role of an arm of the model that draws in its own order.
  var armRole: ComparedArm.Role {
    switch role {
    case .specialised: .specialised
    case .control: .control
    case .raster: .raster
    case .fixed: .fixed
    case .base, .other: .other
    }
  }

  private struct List: Decodable {
    let models: [RunModel]
  }

  /// All models of a run in the sequence in which they are shown; none without the file, as in runs from before it.
  static func all(of run: String) throws -> [RunModel] {
    let path = "\(run)/config/models.json"
    guard exists(path) else { return [] }
    do { return try JSONValue(reading: path).record(List.self).models } catch is JSONDecodingFailure {
      throw ShardError.malformed(path: path, what: "it is no list of models; make writes it")
    }
  }
}
