import ArgumentParser
import Foundation
import Metrics
import StageKit

/// Which network turns images into features, and where features are kept.
struct NetworkOptions: ParsableArguments {
  enum Network: String, CaseIterable, ExpressibleByArgument {
    case lite0
  }

  @Option(help: "Network that turns images into features.")
  var network: Network = .lite0

  @Option(help: "The network's weights file; needed where there are images.")
  var weights: String?

  @Option(
    parsing: .upToNextOption,
    help: "Layers to compare, such as lite0-block10-112 (default: lite0-1280, or all of given features).")
  var layers: [String] = []

  @Option(help: "Folder that keeps features, so that no image is run twice.")
  var cache: String?

  func validate() throws {
    if let unknown = layers.first(where: { EfficientNetLite0.Layer(named: $0) == nil }) {
      throw ValidationError(
        "There is no layer '\(unknown)': expected a name such as lite0-block10-112 or lite0-1280.")
    }
    guard Set(layers).count == layers.count else { throw ValidationError("--layers names a layer twice.") }
  }

  /// Loads the network.
  ///
  /// - Throws: exit code 66 without a weights file, and the network's own errors for a bad one.
  func load() throws -> any PictureNetwork {
    guard let weights, FileManager.default.fileExists(atPath: weights) else {
      let place = weights.map { "\($0) does not exist" } ?? "--weights is not given"
      throw StageError(
        .missingInput,
        "There are no weights of the network \(network.rawValue): \(place). Run "
          + "data/efficientnet-lite0/fetch and give the file that it makes.")
    }
    return try FeatureNetwork(at: weights, layers: layers.isEmpty ? ["lite0-1280"] : layers)
  }
}
