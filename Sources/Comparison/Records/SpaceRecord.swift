import Features

/// What features are coordinates in, as scores say it.
public struct SpaceRecord: Codable, Equatable, Sendable {
  /// All layers, joined by "+".
  public let name: String
  public let dimension: Int
  public let resize: String
  /// SHA-256 of the network's weights file; empty where it is not known.
  public let weights: String

  enum CodingKeys: String, CodingKey {
    case name, dimension, resize
    case weights = "weights_sha256"
  }

  public init(_ space: FeatureSpace) {
    name = space.layers.map(\.name).joined(separator: "+")
    dimension = space.dimension
    resize = space.resize
    weights = space.weights
  }
}
