import Files
import Reporting
import Shards

/// What a run's `config/models.json` says of a model: its name for readers, what it stands for, and where it began.
struct RunModel: Equatable {
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

  enum Role: String {
    case base, control, specialised, other, raster
  }

  /// The role of an arm of the model that draws in its own order.
  var armRole: ComparedArm.Role {
    switch role {
    case .specialised: .specialised
    case .control: .control
    case .raster: .raster
    case .base, .other: .other
    }
  }

  /// All models of a run in the sequence in which they are shown; none without the file, as in runs from before it.
  static func all(of run: String) throws -> [RunModel] {
    let path = "\(run)/config/models.json"
    guard let json = try RunFolder.json(path) else { return [] }
    let found = json["models"]?.array?.compactMap { RunModel($0) }
    guard let found, found.count == json["models"]?.array?.count else {
      throw ShardError.malformed(path: path, what: "it is no list of models; make writes it")
    }
    return found
  }

  init?(_ json: JSONValue) {
    guard let name = json["name"]?.string, let title = json["title"]?.string,
      let role = json["role"]?.string.flatMap(Role.init(rawValue:)), let start = json["from"]?.string,
      let settings = json["settings"]?.string, let order = json["order"]?.string
    else { return nil }
    self.name = name
    self.title = title
    self.role = role
    self.start = start
    self.settings = settings
    self.order = order
  }
}
