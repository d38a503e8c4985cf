import Files
import Formats
import Foundation
import Shards

/// Writes a folder of codes for other programs, as `CodeFolder` reads it; it gets its name when it is complete.
public final class CodeFolderWriter {
  private let path: String
  private let partial: String
  private let layout: CodeFolder.Layout
  /// The part of LlamaGen's folder names before `_codes`.
  private let name: String
  private let augmentations: Int
  private var published = false

  /// Images written so far.
  public private(set) var count = 0

  /// - Parameters:
  ///   - augmentations: samples of each image, with ids image × augmentations + augmentation.
  ///   - name: of LlamaGen's two folders, such as `imagenet256`.
  /// - Throws: `FormatError.mismatch` where there is something at the path already.
  public init(_ path: String, layout: CodeFolder.Layout, augmentations: Int, name: String) throws {
    guard !exists(path) else {
      throw FormatError.mismatch(
        path: path, expected: "a new folder's name", found: "something that is there already")
    }
    self.path = path
    partial = "\(path).partial.\(ProcessInfo.processInfo.processIdentifier)"
    self.layout = layout
    self.name = name
    self.augmentations = augmentations
  }

  deinit { if !published { try? FileManager.default.removeItem(atPath: partial) } }

  /// Writes the images of a token shard.
  /// - Parameter source: names the shard in errors.
  /// - Throws: `FormatError.mismatch` where samples do not come in whole images, augmentations beside each other
  ///   and of one class; `FileError.io`.
  public func append(_ table: TokenTable, from source: String) throws {
    let step = UInt64(augmentations)
    for first in stride(from: 0, to: table.count, by: augmentations) {
      let records = first..<min(first + augmentations, table.count)
      let image = table.sampleIDs[first] / step
      guard records.count == augmentations,
        zip(records, 0..<step).allSatisfy({ table.sampleIDs[$0] == image * step + $1 }),
        records.allSatisfy({ table.labels[$0] == table.labels[first] })
      else {
        throw FormatError.mismatch(
          path: source,
          expected: "\(augmentations) samples of each image beside each other (--augmentations)",
          found: "the samples \(table.sampleIDs[records].map(String.init).joined(separator: ", "))")
      }
      let codes = records.flatMap { table.tokens(of: $0).map(Int64.init) }
      let shape = [augmentations, table.tokensPerImage]
      switch layout {
      case .randar:
        try write(codes, shape, to: "\(table.labels[first])/\(image).npy")
      case .llamagen:
        try write(codes, [1] + shape, to: "\(name)_codes/\(image).npy")
        try write([Int64(table.labels[first])], [1], to: "\(name)_labels/\(image).npy")
      }
      count += 1
    }
  }

  /// Gives the folder its name.
  public func publish() throws {
    guard count > 0 else { return }
    guard rename(partial, path) == 0 else {
      throw FileError.io(path: path, operation: "write", code: errno)
    }
    published = true
  }

  private func write(_ values: [Int64], _ shape: [Int], to file: String) throws {
    let tensor = StoredTensor(
      file, .i64, shape: shape, bytes: values.withUnsafeBytes { Array($0)[...] })
    // The folder has its name only when all files are there, so no file waits for the disk.
    try writeAtomically(
      NPYFormat.header(of: tensor) + tensor.bytes, to: "\(partial)/\(file)", isDurable: false)
  }
}
