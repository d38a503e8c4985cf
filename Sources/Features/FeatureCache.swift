import Files
import Foundation
import Shards

/// A folder of feature shards, named by the hash of the images and the hash of the space, each with a summary of its
/// pictures beside it.
public struct FeatureCache {
  private let folder: String
  private let space: FeatureSpace

  public init(_ folder: String, space: FeatureSpace) {
    self.folder = folder
    self.space = space
  }

  /// The shard of the features of these images, there or not.
  public func shard(of pictures: any PictureSet) -> String { stem(of: pictures) + ".shard" }

  /// Whether there is such a shard, of whatever content.
  public func holds(_ pictures: any PictureSet) -> Bool {
    FileManager.default.fileExists(atPath: shard(of: pictures))
  }

  /// What is kept of these images; nil unless it verifies and was made as the provenance says, of the very same
  /// images, weights and algorithm.
  public func features(
    of pictures: any PictureSet, madeAs provenance: Provenance
  ) -> (features: LoadedFeatures, summary: PictureSummary)? {
    let stem = stem(of: pictures)
    guard let (table, header) = try? FeatureTable.read(stem + ".shard"), header.provenance == provenance,
      let bytes = try? ReadableFile.bytes(of: stem + ".json"),
      let summary = try? JSONValue(parsing: bytes).decode(PictureSummary.self), summary.count == table.count
    else { return nil }
    return (LoadedFeatures(table, space, inputs: provenance.inputs), summary)
  }

  /// Keeps features with a summary of their pictures.
  /// - Returns: the content id of the shard.
  public func keep(
    _ table: FeatureTable, _ summary: PictureSummary, of pictures: any PictureSet,
    madeAs provenance: Provenance
  ) throws -> String {
    let contentID = try table.write(to: shard(of: pictures), provenance: provenance)
    let json = try JSONValue(encoding: summary)
    try writeAtomically(Array((json.prettyText + "\n").utf8), to: stem(of: pictures) + ".json")
    return contentID
  }

  private func stem(of pictures: any PictureSet) -> String {
    let key = SHA256.hex(Array(space.description.utf8))
    return "\(folder)/features-\(pictures.identity.contentID.prefix(16))-\(key.prefix(16))"
  }
}
