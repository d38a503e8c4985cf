import Files

/// Where a shard came from, in terms that are equal on every machine: no dates, hosts or paths.
public struct Provenance: Codable, Equatable, Sendable {
  /// A file the shard was computed from.
  public struct Input: Codable, Equatable, Sendable {
    /// What it was used as, such as `tokens` or `model`.
    public var role: String
    /// Its file name without folders.
    public var name: String
    /// Its content id.
    public var contentID: String

    public init(role: String, name: String, contentID: String) {
      self.role = role
      self.name = name
      self.contentID = contentID
    }

    enum CodingKeys: String, CodingKey {
      case role
      case name
      case contentID = "content_id"
    }
  }

  /// The command that wrote it, such as `extract-orders`.
  public var stage: String
  /// The stage's number in pipeline/algorithms.json.
  public var algorithm: Int
  /// SHA-256 of the stage's configuration file.
  public var configID: String
  public var seed: UInt64
  public var inputs: [Input]
  /// What the transformer computed in, such as `bfloat16`; nil where the stage runs none.
  public var precision: String?

  public init(
    stage: String, algorithm: Int, configID: String, seed: UInt64, inputs: [Input] = [],
    precision: String? = nil
  ) {
    self.stage = stage
    self.algorithm = algorithm
    self.configID = configID
    self.seed = seed
    self.inputs = inputs
    self.precision = precision
  }

  enum CodingKeys: String, CodingKey {
    case stage
    case algorithm
    case configID = "config_id"
    case seed
    case inputs
    case precision
  }

  /// The header's form.
  package var json: JSONValue {
    var members: [String: JSONValue] = [
      "stage": .string(stage), "algorithm": .integer(algorithm), "config_id": .string(configID),
      "seed": JSONValue(seed),
      "inputs": .array(
        inputs.map {
          ["role": .string($0.role), "name": .string($0.name), "content_id": .string($0.contentID)]
        }),
    ]
    members["precision"] = precision.map { .string($0) }
    return .object(members)
  }

  /// Nil if a key is missing or has another type; further keys are ignored.
  init?(json: JSONValue) {
    guard let stage = json["stage"]?.string, let algorithm = json["algorithm"]?.int,
      let configID = json["config_id"]?.string, let seed = json["seed"]?.uint64,
      let list = json["inputs"]?.array
    else { return nil }
    let inputs = list.compactMap { entry -> Input? in
      guard let role = entry["role"]?.string, let name = entry["name"]?.string,
        let contentID = entry["content_id"]?.string
      else { return nil }
      return Input(role: role, name: name, contentID: contentID)
    }
    guard inputs.count == list.count else { return nil }
    self.init(
      stage: stage, algorithm: algorithm, configID: configID, seed: seed, inputs: inputs,
      precision: json["precision"]?.string)
  }
}
