import Files
import Images
import Shards
import StageKit

/// One split of the data set, and its identity for the provenance.
public struct ImageInput: Sendable {
  public let images: ImageCatalogue
  private let log: Log

  /// Lists the split that the settings name, and passes on what is odd about it.
  public init(_ settings: DataSettings, split: ImageSplit, log: Log) throws {
    images = try settings.catalogue(split)
    self.log = log
    for warning in images.warnings { log.warning(warning) }
  }

  public var count: Int { images.count }

  /// Passes on what is odd about the files of images that were read.
  public func pass(on remarks: DecodingRemarks) {
    for sentence in remarks.sentences { log.warning(sentence) }
  }

  /// Reads all images, some at a time, and passes on what is odd about their files.
  /// - Throws: as `ImageCatalogue.load`; exit code 75 on a stop request.
  public func forEachPart(_ body: (LabelledImages) throws -> Void) throws {
    var remarks = DecodingRemarks()
    for first in stride(from: 0, to: count, by: Self.partSize) {
      try StopRequest.check()
      let loaded = try images.load(first..<min(first + Self.partSize, count))
      remarks.add(loaded.remarks)
      try body(loaded)
    }
    pass(on: remarks)
  }

  /// Images that are read together.
  private static let partSize = 1000

  /// Some of the images as an input of what is made from them: a hash of class names, ids, labels and what the
  /// images are read from.
  public func provenance(_ range: Range<Int>) throws -> Provenance.Input {
    var hash = SHA256()
    for name in images.classNames { hash.update(Array(name.utf8) + [0]) }
    for index in range {
      try StopRequest.check()
      let source = try images.source(of: index)
      var record = [UInt8]()
      for value in [images.sampleIDs[index], UInt64(images.labels[index]), UInt64(source.count)] {
        withUnsafeBytes(of: value.littleEndian) { record.append(contentsOf: $0) }
      }
      hash.update(record)
      hash.update(source)
    }
    return Provenance.Input(role: "images", name: images.split.rawValue, contentID: hash.hex())
  }
}
