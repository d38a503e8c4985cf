import Features
import Files
import Foundation
import Images
import Shards
import StageKit

/// The images of an arm, each with what it was made for: a class or a sentence.
public struct ArmPictures: Sendable {
  struct Picture: Sendable {
    /// What pairs it with an image of the other arm, such as "seed-1/00012".
    let name: String
    /// The class or sentence it was made for; empty where nothing says.
    let condition: String
    /// The sampling seed, as "seed-1"; empty where nothing says.
    let set: String
  }

  public let name: String
  /// What the images come from, together.
  public let source: Provenance.Input
  /// What images and conditions come from: shards, or the folder as a whole.
  public let inputs: [Provenance.Input]
  let path: String
  let pictures: [Picture]
  private let set: any PictureSet

  /// Reads what a path means: a sample shard or a folder of them, or a folder of picture files.
  ///
  /// Samples are named by seed and sample id and were made for their text, or else their class. Files are named by
  /// their path without its ending. What one was made for says the text file beside it (`0001.txt`, its first line), else
  /// the words behind its number (`00012-Ankle-boot.png`, as `sample --png` writes), else the folder that it lies in; a
  /// folder `seed-1` is that of a sampling seed.
  /// - Throws: `ShardError`, `ImageError`; exit code 65 for anything else, 66 for a path where nothing is.
  public init(_ path: String) throws {
    self.path = path
    let last = URL(filePath: path).lastPathComponent
    let isShards = isFolder(path) && (try? ShardName.list(path, kind: .samples)) != nil
    guard isShards || !isFolder(path) else {
      let files = try FolderPictures(path)
      pictures = try (0..<files.count).map { try Self.picture(files.name(of: $0), in: path) }
      (name, set, source) = (last, files, files.identity)
      let facts = pictures.flatMap { [$0.name, $0.condition] }.map { "\($0.utf8.count) \($0)" }
      let hash = SHA256.hex(Array((files.identity.contentID + facts.joined()).utf8))
      inputs = [Provenance.Input(role: "images", name: last, contentID: hash)]
      return
    }
    guard exists(path) else {
      throw StageError(.missingInput, "\(path) does not exist. Give sample shards or a folder of pictures.")
    }
    let paths = try shardPaths(path, kind: .samples)
    let samples = try SampledPictures(path, shards: paths)
    let seeds = try SeedSamples.read(paths).seeds.map(\.table)
    pictures = seeds.flatMap { table in
      (0..<table.count).map { record in
        Picture(
          name: "seed-\(table.seed)/\(padded(table.sampleIDs[record]))",
          condition: table.texts?.texts[record] ?? table.classNames[Int(table.labels[record])],
          set: "seed-\(table.seed)")
      }
    }
    let arms = Set(seeds.map(\.arm))
    (name, set, source) = (arms.count == 1 ? arms.first ?? last : last, samples, samples.identity)
    inputs = try paths.map { try Provenance.Input(role: "samples", shard: $0) }
  }

  private static func picture(_ file: String, in folder: String) throws -> Picture {
    let place = file.lastIndex(of: ".").map { String(file[..<$0]) } ?? file
    let name = String(place.dropFirst(folder.count + 1))
    let parts = name.split(separator: "/")
    var condition = parts.dropLast().last.map(String.init) ?? ""
    if exists(place + ".txt") {
      let text = String(decoding: try ReadableFile.bytes(of: place + ".txt"), as: UTF8.self)
      condition = text.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
    } else if let words = parts.last?.wholeMatch(of: /[0-9]+-(.+)/) {
      condition = String(words.1.replacing("-", with: " "))
    }
    let set = parts.first { $0.wholeMatch(of: /seed-[0-9]+/) != nil }
    return Picture(name: name, condition: condition, set: set.map(String.init) ?? "")
  }

  public var count: Int { pictures.count }

  /// One of its images.
  func image(_ index: Int) throws -> Image { try set.load(index).image }
}

/// An id with five digits at least, so that names sort as numbers do.
private func padded(_ id: UInt64) -> String {
  let digits = String(id)
  return String(repeating: "0", count: max(5 - digits.count, 0)) + digits
}
