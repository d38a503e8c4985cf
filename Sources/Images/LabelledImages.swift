/// The two halves of a data set that never mix.
public enum ImageSplit: String, Sendable, Hashable, CaseIterable, Codable {
  case train, test
}

/// Images of one split with their stable ids and classes; entry i of every array belongs to one image.
public struct LabelledImages: Sendable, Equatable {
  /// Ids that depend on the data set alone, ascending; no id occurs in both splits.
  public let sampleIDs: [UInt64]
  /// Indices into `classNames`.
  public let labels: [UInt32]
  public let classNames: [String]
  /// Square images of one size and one number of channels.
  public let images: [Image]
  public let split: ImageSplit
  /// What the pictures' decoders noted.
  public let remarks: DecodingRemarks
  private let listingWarnings: [String]

  public var count: Int { images.count }
  /// What a person should know about the listing and the reading, each one sentence.
  public var warnings: [String] { listingWarnings + remarks.sentences }

  package init(
    sampleIDs: [UInt64], labels: [UInt32], classNames: [String], images: [Image], split: ImageSplit,
    listingWarnings: [String] = [], remarks: DecodingRemarks = DecodingRemarks()
  ) {
    precondition(sampleIDs.count == images.count && labels.count == images.count)
    self.sampleIDs = sampleIDs
    self.labels = labels
    self.classNames = classNames
    self.images = images
    self.split = split
    self.listingWarnings = listingWarnings
    self.remarks = remarks
  }
}
