import Images
import ModelStages
import Shards
import StageKit

/// One split of the data set, and its identity for the provenance.
struct ImageInput {
  let images: ImageCatalogue
  private let log: Log

  /// Lists the split that the settings name, and passes on what is odd about it.
  init(_ settings: DataSettings, split: ImageSplit, log: Log) throws {
    images = try settings.catalogue(split)
    self.log = log
    for warning in images.warnings { log.warning(warning) }
  }

  var count: Int { images.count }

  /// Reads some images, and passes on what is odd about their files.
  func load(_ range: Range<Int>, augmentation: Augmentation = .none) throws -> LabelledImages {
    let loaded = try images.load(range, augmentation: augmentation)
    for warning in loaded.warnings { log.warning(warning) }
    return loaded
  }

  /// All pixels, HWC, one image after the other.
  func pixels() throws -> [UInt8] { try load(0..<count).images.flatMap(\.pixels) }

  /// Some of the images as an input of what is made from them: a hash of class names, ids, labels and what the
  /// images are read from.
  func provenance(_ range: Range<Int>) throws -> Provenance.Input {
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
