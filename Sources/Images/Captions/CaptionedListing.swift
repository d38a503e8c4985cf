import Files

/// The pictures of one split with what is said about each, before any is read.
struct CaptionedListing {
  let listing: ImageListing
  /// By sample id.
  let captions: [UInt64: [String]]

  /// Gives the pictures of a listing their captions, and leaves out those without and those that cannot be read.
  /// - Parameter captions: reads those of one picture; nil for one that has none.
  /// - Throws: `CaptionError` where nothing may be left out.
  init(
    _ listing: ImageListing, omissions: CaptionOmissions, expected: (PictureLocation) -> String,
    captions read: (PictureLocation, inout CaptionOmissions) throws -> [String]?
  ) throws {
    var omissions = omissions
    var captions = [UInt64: [String]]()
    let kept = try listing.entries.filter { entry in
      let path = entry.location.path
      do {
        guard let found = try read(entry.location, &omissions) else {
          let error = CaptionError.withoutCaption(picture: path, expected: expected(entry.location))
          try omissions.leaveOut(.withoutCaption, path, error)
          return false
        }
        guard try omissions.isSound(entry.location) else { return false }
        captions[entry.id] = found
        return true
      } catch let error as CaptionError {
        try omissions.leaveOut(.badCaption, path, error)
        return false
      }
    }
    self.captions = captions
    self.listing = ImageListing(
      classNames: listing.classNames, entries: kept, warnings: listing.warnings + omissions.warnings)
  }
}
