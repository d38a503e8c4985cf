import ArgumentParser
import Comparison
import Features
import Files
import StageKit

/// Which network turns images into features, and where features are kept.
struct NetworkOptions: ParsableArguments {
  @Option(help: "Network that turns images into features (default: the one of --layers, or inception).")
  var network: FeatureNetworkKind?

  @Option(help: "The network's weights file; needed where there are images.")
  var weights: String?

  @Option(help: "Inception's input, as that program makes it (default: clean-fid).")
  var pipeline: InceptionPipeline?

  @Option(
    parsing: .upToNextOption,
    help: ArgumentHelp(
      "Layers to compare, such as inception-2015-12-05-64 and lite0-block10-112 (default: those that the "
        + "metrics read, lite0-1280, a classifier's, or all of given features)."))
  var layers: [String] = []

  @Option(help: "Folder that keeps features, so that no image is run twice.")
  var cache: String?

  /// The network that is named, or else the one whose layers are.
  var chosen: FeatureNetworkKind {
    network ?? FeatureNetworkKind.allCases.first { network in layers.contains(where: network.has) }
      ?? .inception
  }

  func validate() throws {
    if let unknown = layers.first(where: { layer in !FeatureNetworkKind.allCases.contains { $0.has(layer) } })
    {
      throw ValidationError(
        "There is no layer '\(unknown)': expected a name such as \(InceptionV3.Layer.mean(.mixed7c).name) or "
          + "lite0-block10-112.")
    }
    guard Set(layers).count == layers.count else { throw ValidationError("--layers names a layer twice.") }
    if let unknown = layers.first(where: { !chosen.has($0) }) {
      throw ValidationError(
        "The network \(chosen.rawValue) has no layer '\(unknown)': name layers of one network, and that one in "
          + "--network.")
    }
    if pipeline != nil && chosen != .inception {
      throw ValidationError("--pipeline is Inception's; \(chosen.rawValue) has one of its own.")
    }
  }

  /// Loads sets, and the network only where there are images that need it.
  ///
  /// - Parameters:
  ///   - roles: what the layers must be good for, where the network and its layers are free.
  ///   - statisticsSuffice: whether statistics of a file make its images unnecessary.
  func loader(
    for roles: Set<FeatureSpace.Layer.Role>, statisticsSuffice: Bool, _ stage: StageRun
  ) -> SetLoader {
    SetLoader(
      chosen, cache: cache, statisticsSuffice: statisticsSuffice, algorithm: Score.algorithm, stage: stage
    ) { try load(for: roles) }
  }

  /// Loads the network.
  ///
  /// - Parameter roles: what Inception's layers must be good for, where `layers` names none.
  /// - Throws: exit code 66 without a weights file, 65 or `FormatError` for a bad one.
  private func load(for roles: Set<FeatureSpace.Layer.Role>) throws -> any FeatureNetwork {
    guard let weights, exists(weights) else {
      let place = weights.map { "\($0) does not exist" } ?? "--weights is not given"
      throw StageError(
        .missingInput,
        "There are no weights of the network \(chosen.rawValue): \(place). \(chosen.advice)")
    }
    let usual =
      switch chosen {
      case .inception: Self.layers(for: roles).map(\.name)
      case .lite0: ["lite0-1280"]
      case .classifier: [String]()
      }
    return try chosen.load(
      weights, named: "--weights", layers: layers.isEmpty ? usual : layers, pipeline: pipeline ?? .cleanFID)
  }

  /// Inception's features, and its logits and spatial features where a metric reads them.
  private static func layers(for roles: Set<FeatureSpace.Layer.Role>) -> [InceptionV3.Layer] {
    [.mean(.mixed7c)] + (roles.contains(.logits) ? [.logitsWithoutBias] : [])
      + (roles.contains(.spatial) ? [.spatial] : [])
  }
}

extension FeatureNetworkKind: ExpressibleByArgument {}
extension InceptionPipeline: ExpressibleByArgument {}
