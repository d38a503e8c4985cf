import Images
import ModelStages
import Shards
import StageKit

/// One split of the data set as bytes, and its identity for the provenance.
struct ImageInput {
  let images: LabelledImages

  /// Reads the split that the settings name, and passes on what is odd about its files.
  init(_ settings: DataSettings, split: ImageSplit, log: Log) throws {
    images = try settings.load(split)
    for warning in images.warnings { log.warning(warning) }
  }

  var count: Int { images.count }

  /// All pixels, HWC, one image after the other.
  var pixels: [UInt8] { images.images.flatMap(\.pixels) }

  /// The images as an input of what is made from them: a hash of class names, ids, labels and pixels.
  var provenance: Provenance.Input {
    var hash = SHA256()
    for name in images.classNames { hash.update(Array(name.utf8) + [0]) }
    for (index, image) in images.images.enumerated() {
      var record = [UInt8]()
      for value in [images.sampleIDs[index], UInt64(images.labels[index]), UInt64(image.pixels.count)] {
        withUnsafeBytes(of: value.littleEndian) { record.append(contentsOf: $0) }
      }
      hash.update(record)
      hash.update(image.pixels)
    }
    return Provenance.Input(role: "images", name: images.split.rawValue, contentID: hash.hex())
  }
}
