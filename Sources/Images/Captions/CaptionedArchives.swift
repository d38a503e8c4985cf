import Files
import Formats

/// WebDataset archives with captions: `0001.jpg` with its captions in `0001.txt`, a caption a line, or in `0001.json`
/// under the key `caption` or `captions`.
///
/// Ids, splits and classes are those of `WebDataset`; but pictures need no class, and test pictures may have classes that
/// training lacks.
enum CaptionedArchives {
  /// Lists the pictures of one split with their captions; reads headers and captions, and pictures only if those that
  /// cannot be read are left out.
  /// - Throws: `ImageError`, `FormatError` and `CaptionError` for missing and bad archives and captions.
  static func listing(
    _ folder: String, split: ImageSplit, seed: UInt64, skipBroken: Bool
  ) throws -> CaptionedListing {
    let listing = try WebDataset.listing(
      folder, split: split, seed: seed, onlyClass: CaptionedFolder.onlyClass)
    var omissions = CaptionOmissions(areAllowed: skipBroken)
    var members = [String: [String: TarArchive.Member]]()
    for archive in Set(listing.entries.map(\.location.file)).sorted() {
      members[archive] = try captions(in: archive, &omissions)
    }
    return try CaptionedListing(
      listing, omissions: omissions,
      expected: { "a member \(WebDataset.key(of: $0.member?.name ?? "")).txt or .json" }
    ) { location, omissions in
      guard let name = location.member?.name,
        let member = members[location.file]?[WebDataset.key(of: name)]
      else { return nil }
      let path = "\(location.file):\(member.name)"
      guard member.size <= CaptionText.limit else {
        throw CaptionError.oversized(path: path, found: member.size, limit: CaptionText.limit)
      }
      let bytes = try ImageFiles.translating(location.file, "Check the path.") {
        try TarArchive.read(member, of: location.file)
      }
      return WebDataset.extensions(of: member.name) == "json"
        ? try CaptionText.captions(json: bytes, path: path, omissions: &omissions)
        : try CaptionText.captions(bytes, path: path, omissions: &omissions)
    }
  }

  /// The members with captions by what the members of a sample share; `.txt` goes before `.json`.
  private static func captions(
    in archive: String, _ omissions: inout CaptionOmissions
  ) throws -> [String: TarArchive.Member] {
    let members = try ImageFiles.translating(archive, "Check the path.") {
      try TarArchive.members(of: archive)
    }
    let pictures = Set(
      members.filter { !PictureFile.format($0.name).isEmpty }.map { WebDataset.key(of: $0.name) })
    var captions = [String: TarArchive.Member]()
    for ending in ["json", "txt"] {
      for member in members where WebDataset.extensions(of: member.name) == ending {
        let key = WebDataset.key(of: member.name)
        captions[key] = member
        if !pictures.contains(key) {
          let path = "\(archive):\(member.name)"
          try omissions.leaveOut(.withoutPicture, path, .withoutPicture(caption: path))
        }
      }
    }
    return captions
  }
}
