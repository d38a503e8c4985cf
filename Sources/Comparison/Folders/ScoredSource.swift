import Features
import Files
import Formats
import Foundation
import Shards
import StageKit

/// One side of a comparison: what a path given to `score folders` means.
public enum ScoredSource {
  /// Images, and statistics where a reference batch holds both.
  case pictures(any PictureSet, ReferenceFile?)
  /// Features computed before.
  case features([String])
  /// Statistics alone.
  case statistics(ReferenceFile)

  /// Tells from the path and what lies there: a folder of pictures, of sample shards or of feature shards, one
  /// such shard, features in safetensors, or an `.npz` file.
  ///
  /// - Throws: exit code 66 for a path where nothing is, 65 for a file of another kind.
  public init(_ path: String) throws {
    guard exists(path) else {
      throw StageError(
        .missingInput, "\(path) does not exist. Give a folder of images, shards or an .npz file.")
    }
    if isFolder(path) {
      for kind in [ShardKind.samples, .features] {
        if let shards = try? ShardName.list(path, kind: kind) {
          self = try Self.shards(shards, kind, path)
          return
        }
      }
      self = .pictures(try FolderPictures(path), nil)
    } else if path.hasSuffix(".npz") {
      let file = try ReferenceFile(reading: path)
      self =
        file.images.map { .pictures(BatchPictures(path, $0, labels: file.labels), file) } ?? .statistics(file)
    } else if path.hasSuffix(".safetensors") {
      self = .features([path])
    } else {
      self = try Self.shards([path], try ShardHeader.peek(path).kind, path)
    }
  }

  private static func shards(_ shards: [String], _ kind: ShardKind, _ path: String) throws -> ScoredSource {
    switch kind {
    case .samples: .pictures(try SampledPictures(path, shards: shards), nil)
    case .features: .features(shards)
    default:
      throw ShardError.mismatch(
        path: path, expected: "a shard of samples or features", found: "one of \(kind.rawValue)")
    }
  }
}
