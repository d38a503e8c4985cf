import Features
import Formats
import Shards

/// One side of a comparison with all that is known of it.
public struct ScoredSet {
  /// Where it is.
  public let path: String
  /// Nil where there are statistics only.
  public let features: LoadedFeatures?
  /// Statistics from a file, which replace those of the features.
  public let file: ReferenceFile?
  /// The images, where there are any.
  public let pictures: (any PictureSet)?
  /// What was met while they were read.
  public let summary: PictureSummary?
  /// The files, as inputs of what is made of them.
  public let inputs: [Provenance.Input]

  /// - Parameters: as the properties.
  public init(
    path: String, features: LoadedFeatures? = nil, file: ReferenceFile? = nil,
    pictures: (any PictureSet)? = nil, summary: PictureSummary? = nil, inputs: [Provenance.Input]
  ) {
    self.path = path
    self.features = features
    self.file = file
    self.pictures = pictures
    self.summary = summary
    self.inputs = inputs
  }

  /// Images; nil where a file does not say.
  public var count: Int? { features?.count ?? file?.count }
}
