import Images
import Metrics

/// A set of pictures as a source of features, which notes what it meets on the way. Ids are positions in the set.
public final class SummarisedPictures: FeatureSource {
  private let pictures: any PictureSet
  /// Of the images that went by so far.
  public private(set) var summary = PictureSummary()

  /// Reads no picture yet.
  public init(_ pictures: any PictureSet) { self.pictures = pictures }

  public var count: Int { pictures.count }

  /// - Throws: `ImageError` for a file that cannot be read.
  public func forEachStretch(_ body: (ImageStretch) throws -> Void) throws {
    let labels = pictures.labels ?? [UInt32](repeating: 0, count: count)
    try ImageStretch.forEach((0..<UInt64(count)).map(\.self), labels, body) { range in
      let decoded = try concurrently(range.count) { try pictures.load(range.lowerBound + $0) }
      for (index, picture) in zip(range, decoded) {
        summary.add(picture, format: pictures.format(of: index), name: pictures.name(of: index))
      }
      return decoded.map(\.image)
    }
  }
}
