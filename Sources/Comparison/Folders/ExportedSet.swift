import Features
import Formats
import Images
import Metrics
import StageKit

extension ScoredSet {
  /// The statistics of the only layer of features, or of the one that is named, and of spatial features where there are
  /// any.
  /// - Throws: exit code 65 for a set without features, or with more than one layer and none named.
  public func exportedStatistics(layer name: String?) throws -> ReferenceFile {
    guard let features else {
      throw StageError(.badData, "\(path) holds statistics already. Give images or features.")
    }
    let layers = features.space.layers
    let chosen = layers.indices.filter { index in
      name == nil ? layers[index].role == .features : layers[index].name == name
    }
    guard let main = chosen.first, chosen.count == 1 else {
      throw StageError(
        .badData,
        "\(path) has features of \(layers.map(\.name).joined(separator: ", ")), but statistics are of one "
          + "layer. Name one of them in --layers.")
    }
    func statistics(_ index: Int) throws -> ReferenceFile.Statistics {
      let found = try FeatureStatistics(
        of: features.set("the images of \(path)", layer: index, images: 0..<features.count))
      return ReferenceFile.Statistics(mean: found.mean, covariance: found.covariance)
    }
    let spatial = layers.firstIndex { $0.role == .spatial }
    let space = FeatureSpace(
      layers: [layers[main]] + (spatial.map { [layers[$0]] } ?? []), resize: features.space.resize,
      weights: features.space.weights)
    return ReferenceFile(
      statistics: try statistics(main), spatial: try spatial.map(statistics),
      extractor: space.description, count: features.count)
  }
}

extension ScoredSource {
  /// All images as one batch.
  /// - Parameter path: what messages call the images.
  /// - Throws: exit code 65 without images, or for images of different sizes, naming the first that differs.
  public func exportedBatch(_ path: String) throws -> ReferenceFile {
    guard case .pictures(let pictures, _) = self else {
      throw StageError(.badData, "\(path) holds no images. Give a folder, sample shards or an .npz batch.")
    }
    var pixels = [UInt8]()
    var size = (width: 0, height: 0)
    for index in 0..<pictures.count {
      let image = try pictures.load(index).image.converted(channels: 3)
      if index == 0 {
        size = (image.width, image.height)
        pixels.reserveCapacity(pictures.count * image.pixels.count)
      }
      guard (image.width, image.height) == size else {
        throw StageError(
          .badData,
          "\(pictures.name(of: index)) is \(image.width)x\(image.height) pixels, but the images before it are "
            + "\(size.width)x\(size.height). A batch holds one size: crop or scale them first.")
      }
      pixels += image.pixels
      try StopRequest.check()
    }
    return ReferenceFile(
      images: .init(count: pictures.count, height: size.height, width: size.width, pixels: pixels[...]),
      labels: pictures.labels?.map(Int.init))
  }
}
