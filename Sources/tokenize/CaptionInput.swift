import EngineKit
import Files
import Images
import Shards
import StageKit

/// The captions of one split, and their identity for the provenance.
struct CaptionInput {
  let images: ImageCatalogue

  /// Lists the split that the settings name.
  /// - Throws: exit code 78 for data without captions; as `ImageInput`.
  init(_ data: DataSettings, split: ImageSplit, config: String, log: Log) throws {
    images = try ImageInput(data, split: split, log: log).images
    guard images.hasCaptions else {
      throw StageError(
        .configuration,
        "\(config): 'data.source' must be a data set with captions for 'tokenize text', found '\(data.source)', whose "
          + "images have none. Choose another, or a preset without the section 'text'.")
    }
  }

  /// The captions as an input of what is made from them: a hash of ids and texts.
  func provenance() throws -> Provenance.Input {
    var hash = SHA256()
    try forEach { id, captions in
      var record = [UInt8]()
      for value in [id, UInt64(captions.count)] + captions.map({ UInt64($0.utf8.count) }) {
        withUnsafeBytes(of: value.littleEndian) { record.append(contentsOf: $0) }
      }
      hash.update(record)
      for caption in captions { hash.update(Array(caption.utf8)) }
    }
    return Provenance.Input(role: "captions", name: images.split.rawValue, contentID: hash.hex())
  }

  /// Calls `body` with the id and the captions of each image, in the sequence of the split.
  /// - Throws: `ImageError` for captions that cannot be read; exit code 75 on a stop request.
  func forEach(_ body: (_ sampleID: UInt64, _ captions: [String]) throws -> Void) throws {
    for index in 0..<images.count {
      try StopRequest.check()
      try body(images.sampleIDs[index], images.captions(of: index))
    }
  }
}
