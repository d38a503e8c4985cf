import Files
import Formats
import Foundation
import Shards

/// A folder of codes as other programs keep them, one `.npy` file of integers for each image
/// (pipeline/method/tokenizer.md §9).
public struct CodeFolder: Sendable {
  /// How files are named.
  public enum Layout: String, Sendable, CaseIterable {
    /// RandAR's: `<class index>/<dataset index>.npy`, an array (augmentations, N).
    case randar
    /// LlamaGen's: `<name>_codes/<dataset index>.npy`, an array (1, augmentations, N), and the class as array (1) in
    /// `<name>_labels/<dataset index>.npy`.
    case llamagen
  }

  /// One image's file.
  public struct Entry: Equatable, Sendable {
    public let label: Int
    public let datasetIndex: Int
    public let path: String
  }

  public let layout: Layout
  /// Sorted by dataset index.
  public let entries: [Entry]
  /// Augmentations of each image.
  public let augmentations: Int
  /// N, codes of one augmentation.
  public let length: Int

  /// Records altogether: each augmentation of an image is a sample of its own.
  public var count: Int { entries.count * augmentations }

  /// Lists a folder and reads the extents of its first image. The layout is told by the folder's contents: of
  /// LlamaGen's, the folder around both folders or that of the codes may be given.
  ///
  /// Throws `FormatError` for a missing or empty folder, for names that are not numbers and for a dataset
  /// index that occurs twice.
  public init(_ folder: String) throws {
    var entries: [Entry]
    if let (codes, labels) = try Self.pair(folder) {
      layout = .llamagen
      entries = try Self.files(codes).map { index, path in
        let file = labels + "/\(index).npy"
        guard let label = try NPYArray(reading: file).values.first, label >= 0 else {
          throw FormatError.mismatch(path: file, expected: "one class of at least 0", found: "none")
        }
        return Entry(label: label, datasetIndex: index, path: path)
      }
    } else {
      layout = .randar
      entries = try Self.names(folder).flatMap { name in
        let label = try Self.number(name, in: folder)
        return try Self.files(folder + "/" + name).map {
          Entry(label: label, datasetIndex: $0.index, path: $0.path)
        }
      }
    }
    entries.sort { ($0.datasetIndex, $0.label) < ($1.datasetIndex, $1.label) }
    guard let first = entries.first else {
      throw FormatError.mismatch(
        path: folder, expected: "<class index>/<dataset index>.npy, or <name>_codes/ beside <name>_labels/",
        found: "no such file")
    }
    for (entry, next) in zip(entries, entries.dropFirst()) where entry.datasetIndex == next.datasetIndex {
      throw FormatError.mismatch(
        path: next.path, expected: "a dataset index of its own", found: "that of \(entry.path)")
    }
    self.entries = entries
    let shape = try NPYArray(reading: first.path).shape
    guard let (augmentations, length) = Self.extents(shape) else {
      throw FormatError.mismatch(
        path: first.path, expected: "the shape (augmentations, codes) or (1, augmentations, codes)",
        found: "\(shape)")
    }
    guard augmentations <= TokenTable.mostViews else {
      throw FormatError.mismatch(
        path: first.path, expected: "at most \(TokenTable.mostViews) augmentations", found: "\(augmentations)"
      )
    }
    self.augmentations = augmentations
    self.length = length
  }

  /// Reads some records as tokens.
  ///
  /// A sample's identifier is dataset index × augmentations + augmentation.
  ///
  /// - Parameters:
  ///   - images: which of the entries.
  ///   - classNames: one for every class.
  public func table(
    _ images: Range<Int>, gridHeight: Int, gridWidth: Int, codebookSize: Int, codebook: String,
    classNames: [String],
    split: String
  ) throws -> TokenTable {
    var sampleIDs: [UInt64] = []
    var labels: [UInt32] = []
    var tokens: [UInt16] = []
    tokens.reserveCapacity(images.count * augmentations * length)
    for image in images {
      let entry = entries[image]
      let array = try NPYArray(reading: entry.path)
      guard let extents = Self.extents(array.shape), extents == (augmentations, length) else {
        throw FormatError.mismatch(
          path: entry.path, expected: "the shape \([augmentations, length]) of the first image",
          found: "\(array.shape)")
      }
      guard entry.label < classNames.count else {
        throw FormatError.mismatch(
          path: entry.path, expected: "a class below \(classNames.count)", found: "\(entry.label)")
      }
      for augmentation in 0..<augmentations {
        sampleIDs.append(UInt64(entry.datasetIndex * augmentations + augmentation))
        labels.append(UInt32(entry.label))
        for code in array.values[(augmentation * length)..<((augmentation + 1) * length)] {
          guard code >= 0, code < codebookSize else {
            throw FormatError.mismatch(
              path: entry.path, expected: "codes below the codebook size \(codebookSize)", found: "\(code)")
          }
          tokens.append(UInt16(code))
        }
      }
    }
    return TokenTable(
      sampleIDs: sampleIDs, labels: labels, tokens: tokens, gridHeight: gridHeight, gridWidth: gridWidth,
      codebookSize: codebookSize, codebook: codebook, classNames: classNames, split: split,
      views: augmentations)
  }

  /// Augmentations and N of an array's shape.
  private static func extents(_ shape: [Int]) -> (augmentations: Int, length: Int)? {
    guard shape.allSatisfy({ $0 > 0 }) else { return nil }
    switch shape.count {
    case 2: return (shape[0], shape[1])
    case 3 where shape[0] == 1: return (shape[1], shape[2])
    default: return nil
    }
  }

  /// LlamaGen's two folders at a path, if that is what is there.
  private static func pair(_ folder: String) throws -> (codes: String, labels: String)? {
    func labels(_ codes: String) -> String? {
      guard codes.hasSuffix("_codes") else { return nil }
      let labels = codes.dropLast("_codes".count) + "_labels"
      return isFolder(String(labels)) ? String(labels) : nil
    }
    let folder = folder.count > 1 && folder.hasSuffix("/") ? String(folder.dropLast()) : folder
    if let labels = labels(folder) { return (folder, labels) }
    let pairs = try names(folder).map { "\(folder)/\($0)" }.compactMap { codes in
      labels(codes).map { (codes, $0) }
    }
    guard pairs.count < 2 else {
      throw FormatError.mismatch(
        path: folder, expected: "one folder <name>_codes",
        found: "\(pairs.count): give one of \(pairs.map(\.0).joined(separator: ", "))")
    }
    return pairs.first
  }

  /// The `.npy` files of a folder with the numbers that are their names.
  private static func files(_ folder: String) throws -> [(index: Int, path: String)] {
    try names(folder).map { file in
      guard file.hasSuffix(".npy") else {
        throw FormatError.mismatch(
          path: folder + "/" + file, expected: "a .npy file", found: "another name")
      }
      return (try number(String(file.dropLast(4)), in: folder), folder + "/" + file)
    }
  }

  private static func names(_ folder: String) throws -> [String] {
    guard exists(folder) else { throw FormatError.missing(path: folder) }
    guard isFolder(folder) else {
      throw FormatError.mismatch(path: folder, expected: "a folder", found: "a file")
    }
    return try folderEntries(folder).filter { !$0.hasPrefix(".") }
  }

  private static func number(_ name: String, in folder: String) throws -> Int {
    guard let number = Int(name), number >= 0, number < 1 << 40 else {
      throw FormatError.mismatch(
        path: folder + "/" + name, expected: "a number as its name", found: "'\(name)'")
    }
    return number
  }
}
