import Foundation
import Shards

/// A folder of codes as RandAR keeps them: `<class index>/<dataset index>.npy`, each file an integer array
/// (augmentations, N) of one image (spec/class-conditional §3).
public struct RandARCodes: Sendable {
  /// One image's file.
  public struct Entry: Equatable, Sendable {
    public let label: Int
    public let datasetIndex: Int
    public let path: String
  }

  /// Sorted by dataset index.
  public let entries: [Entry]
  /// Augmentations of each image.
  public let augmentations: Int
  /// N, codes of one augmentation.
  public let length: Int

  /// Records altogether: each augmentation of an image is a sample of its own.
  public var count: Int { entries.count * augmentations }

  /// Lists a folder and reads the extents of its first image.
  ///
  /// Throws `CheckpointError` for a missing or empty folder, for names that are not numbers and for a dataset
  /// index that occurs twice.
  public init(_ folder: String) throws {
    var entries: [Entry] = []
    for name in try Self.names(folder) {
      let label = try Self.number(name, in: folder)
      let inner = folder + "/" + name
      for file in try Self.names(inner) {
        guard file.hasSuffix(".npy") else {
          throw CheckpointError.mismatch(
            path: inner + "/" + file, expected: "a .npy file", found: "another name")
        }
        let index = try Self.number(String(file.dropLast(4)), in: inner)
        entries.append(Entry(label: label, datasetIndex: index, path: inner + "/" + file))
      }
    }
    entries.sort { ($0.datasetIndex, $0.label) < ($1.datasetIndex, $1.label) }
    guard let first = entries.first else {
      throw CheckpointError.mismatch(
        path: folder, expected: "<class index>/<dataset index>.npy", found: "no such file")
    }
    for (entry, next) in zip(entries, entries.dropFirst()) where entry.datasetIndex == next.datasetIndex {
      throw CheckpointError.mismatch(
        path: next.path, expected: "a dataset index of its own", found: "that of \(entry.path)")
    }
    let shape = try NPYArray(reading: first.path).shape
    guard shape.count == 2, shape.allSatisfy({ $0 > 0 }) else {
      throw CheckpointError.mismatch(
        path: first.path, expected: "the shape (augmentations, codes)", found: "\(shape)")
    }
    self.entries = entries
    augmentations = shape[0]
    length = shape[1]
  }

  /// Reads some records as tokens.
  ///
  /// A sample's identifier is dataset index × augmentations + augmentation.
  ///
  /// - Parameters:
  ///   - range: of records, augmentation fastest.
  ///   - classNames: one for every class.
  public func table(
    _ range: Range<Int>, gridHeight: Int, gridWidth: Int, codebookSize: Int, codebook: String,
    classNames: [String],
    split: String
  ) throws -> TokenTable {
    var sampleIDs: [UInt64] = []
    var labels: [UInt32] = []
    var tokens: [UInt16] = []
    tokens.reserveCapacity(range.count * length)
    let images =
      range.isEmpty ? 0..<0 : range.lowerBound / augmentations..<(range.upperBound - 1) / augmentations + 1
    for image in images {
      let entry = entries[image]
      let array = try NPYArray(reading: entry.path)
      guard array.shape == [augmentations, length] else {
        throw CheckpointError.mismatch(
          path: entry.path, expected: "the shape \([augmentations, length]) of the first image",
          found: "\(array.shape)")
      }
      guard entry.label < classNames.count else {
        throw CheckpointError.mismatch(
          path: entry.path, expected: "a class below \(classNames.count)", found: "\(entry.label)")
      }
      for augmentation in 0..<augmentations where range.contains(image * augmentations + augmentation) {
        sampleIDs.append(UInt64(entry.datasetIndex * augmentations + augmentation))
        labels.append(UInt32(entry.label))
        for code in array.values[(augmentation * length)..<((augmentation + 1) * length)] {
          guard code >= 0, code < codebookSize else {
            throw CheckpointError.mismatch(
              path: entry.path, expected: "codes below the codebook size \(codebookSize)", found: "\(code)")
          }
          tokens.append(UInt16(code))
        }
      }
    }
    return TokenTable(
      sampleIDs: sampleIDs, labels: labels, tokens: tokens, gridHeight: gridHeight, gridWidth: gridWidth,
      codebookSize: codebookSize, codebook: codebook, classNames: classNames, split: split)
  }

  private static func names(_ folder: String) throws -> [String] {
    var isFolder: ObjCBool = false
    guard FileManager.default.fileExists(atPath: folder, isDirectory: &isFolder) else {
      throw CheckpointError.missing(path: folder)
    }
    guard isFolder.boolValue else {
      throw CheckpointError.mismatch(path: folder, expected: "a folder", found: "a file")
    }
    return try FileManager.default.contentsOfDirectory(atPath: folder).filter { !$0.hasPrefix(".") }.sorted()
  }

  private static func number(_ name: String, in folder: String) throws -> Int {
    guard let number = Int(name), number >= 0, number < 1 << 40 else {
      throw CheckpointError.mismatch(
        path: folder + "/" + name, expected: "a number as its name", found: "'\(name)'")
    }
    return number
  }
}
