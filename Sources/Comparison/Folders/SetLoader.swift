import Features
import Files
import Foundation
import Shards
import StageKit

/// Turns paths into scored sets, loading the network only when there are images that need it.
public struct SetLoader {
  private let kind: FeatureNetworkKind
  private let network: () throws -> any FeatureNetwork
  private let cache: String?
  private let statisticsSuffice: Bool
  private let algorithm: Int
  private let stage: StageRun

  /// - Parameters:
  ///   - kind: the network that images would go through.
  ///   - cache: a folder that keeps features; nil for none.
  ///   - statisticsSuffice: whether statistics of a file make its images unnecessary.
  ///   - algorithm: the program's number, for kept features.
  ///   - network: loads the network.
  public init(
    _ kind: FeatureNetworkKind, cache: String?, statisticsSuffice: Bool, algorithm: Int, stage: StageRun,
    network: @escaping () throws -> any FeatureNetwork
  ) {
    self.kind = kind
    self.network = network
    self.cache = cache
    self.statisticsSuffice = statisticsSuffice
    self.algorithm = algorithm
    self.stage = stage
  }

  /// Reads what lies at every path.
  ///
  /// - Returns: one set per path, or nil on a dry run, after saying what would be done.
  /// - Throws: for missing, empty or bad sets before any weights are loaded.
  public func load(_ paths: [String]) throws -> [ScoredSet]? {
    let sources = try paths.map { ($0, try ScoredSource($0)) }
    let needed = sources.contains { needsNetwork($0.1) }
    let extraction =
      needed ? SetExtraction(try network(), cache: cache, algorithm: algorithm, stage: stage) : nil
    if stage.options.dryRun {
      for (path, source) in sources { describe(path, source, extraction) }
      return nil
    }
    stage.configureThreads()
    return try sources.map { try set($0, $1, extraction) }
  }

  private func needsNetwork(_ source: ScoredSource) -> Bool {
    guard case .pictures(_, let file) = source else { return false }
    return !(statisticsSuffice && file?.statistics != nil)
  }

  private func set(_ path: String, _ source: ScoredSource, _ extraction: SetExtraction?) throws
    -> ScoredSet
  {
    switch source {
    case .pictures(let pictures, let file):
      guard needsNetwork(source), let extraction else {
        return ScoredSet(path: path, file: file, pictures: pictures, inputs: [pictures.identity])
      }
      let (features, summary) = try extraction.features(of: pictures)
      return ScoredSet(
        path: path, features: features, file: file, pictures: pictures, summary: summary,
        inputs: features.inputs)
    case .features(let shards):
      let features = try LoadedFeatures(shards, role: "features")
      return ScoredSet(path: path, features: features, inputs: features.inputs)
    case .statistics(let file):
      let input = Provenance.Input(
        role: "statistics", name: URL(filePath: path).lastPathComponent,
        contentID: try ReadableFile.hash(of: path))
      return ScoredSet(path: path, file: file, inputs: [input])
    }
  }

  private func describe(_ path: String, _ source: ScoredSource, _ extraction: SetExtraction?) {
    let what =
      switch source {
      case .pictures(let pictures, _):
        if needsNetwork(source), extraction?.isKept(pictures) == true {
          "take the cached features of \(grouped(pictures.count)) images of \(path)"
        } else if needsNetwork(source) {
          "run \(grouped(pictures.count)) images of \(path) through \(kind.rawValue)"
        } else {
          "take the statistics of \(path)"
        }
      case .features(let shards): "read features from \(shards.joined(separator: ", "))"
      case .statistics: "take the statistics of \(path)"
      }
    stage.log.info(.note, "would \(what)")
  }
}
