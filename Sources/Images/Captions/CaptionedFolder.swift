import Files

/// A folder of pictures with captions: a table, a text file beside each picture, or class folders whose names are words.
///
/// Pictures lie in the folder or in class folders below it, and all that in train/ and test/ (or val/) where the data are
/// divided. A sample id is the position among the sorted paths of all pictures, training pictures first, whether a
/// picture has a caption or not.
enum CaptionedFolder {
  /// The class of pictures that lie in no class folder.
  static let onlyClass = "all"

  /// One of the two splits, or all pictures where the data are not divided.
  private struct Part {
    let folder: String
    /// The pictures' paths from the folder on, sorted.
    let names: [String]

    /// The class folder of a picture, as a path from the folder on.
    static func className(of name: String) -> String {
      name.lastIndex(of: "/").map { String(name[..<$0]) } ?? onlyClass
    }
  }

  /// Lists the pictures of one split with their captions; reads no picture unless those that cannot be read are left out.
  /// - Parameter seed: divides the pictures of a folder without splits.
  /// - Throws: `ImageError` and `CaptionError` for missing and bad folders, tables and captions.
  static func listing(
    _ folder: String, split: ImageSplit, seed: UInt64, skipBroken: Bool
  ) throws -> CaptionedListing {
    let names = try ImageFiles.list(folder).filter { ImageFiles.isFolder("\(folder)/\($0)") }
    let divided = try ImageSplit.folders(in: folder, names)
    let parts = try (divided.map { [$0.train, $0.test] } ?? [folder]).map {
      Part(folder: $0, names: try PictureFile.list($0))
    }
    let classNames = Set(parts.flatMap { $0.names.map(Part.className) })
      .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    let labels = Dictionary(
      uniqueKeysWithValues: classNames.enumerated().map { ($0.element, UInt32($0.offset)) })
    let pictures = parts.map { part in
      part.names.map { name in
        ImageListing.Picture(
          label: labels[Part.className(of: name), default: 0],
          location: PictureLocation(file: "\(part.folder)/\(name)"))
      }
    }
    let listing =
      divided == nil
      ? ImageListing(classNames: classNames, undivided: pictures[0], seed: seed, split: split, warnings: [])
      : ImageListing(
        classNames: classNames, train: pictures[0], test: pictures[1], split: split, warnings: [])
    let part = parts[divided != nil && split == .test ? 1 : 0]
    let omissions = CaptionOmissions(areAllowed: skipBroken)
    if let path = try CaptionTable.path(in: part.folder) {
      return try captioned(listing, path, part.folder, [part], omissions)
    }
    if divided != nil, let path = try CaptionTable.path(in: folder) {
      return try captioned(listing, path, folder, parts, omissions)
    }
    let texts = try textFiles(beside: part)
    if !texts.isEmpty { return try captioned(listing, texts, part, omissions) }
    guard !part.names.contains(where: { Part.className(of: $0) == onlyClass }) else {
      throw CaptionError.noCaptions(folder: part.folder)
    }
    return try CaptionedListing(
      listing, omissions: omissions, expected: { _ in "a folder whose name has words" }
    ) {
      location, _ in CaptionText.captions(of: .string(words(of: location)))
    }
  }

  /// Captions of a table, whose names are paths from its folder on.
  private static func captioned(
    _ listing: ImageListing, _ path: String, _ folder: String, _ parts: [Part], _ omissions: CaptionOmissions
  ) throws -> CaptionedListing {
    var omissions = omissions
    let known = Set(parts.flatMap { part in part.names.map { "\(part.folder)/\($0)" } })
    let asked = Set(listing.entries.map(\.location.file))
    var captions = [String: [String]]()
    try CaptionTable.read(path, as: path.hasSuffix(".csv") ? .csv : .jsonLines, omissions: &omissions) {
      row, omissions in
      let file = "\(folder)/\(row.name)"
      if asked.contains(file) {
        captions[file, default: []] += row.captions
      } else if !known.contains(file) {
        let error = CaptionError.rowWithoutPicture(path: path, line: row.line, name: row.name, folder: folder)
        try omissions.leaveOut(.withoutPicture, "line \(row.line) of \(path)", error)
      }
    }
    return try CaptionedListing(
      listing, omissions: omissions, expected: { _ in "a row of \(path)" }
    ) { location, _ in captions[location.file] }
  }

  /// Captions of text files.
  private static func captioned(
    _ listing: ImageListing, _ texts: Set<String>, _ part: Part, _ omissions: CaptionOmissions
  ) throws -> CaptionedListing {
    var omissions = omissions
    let expected = Set(part.names.map { textFile(of: "\(part.folder)/\($0)") })
    for lonely in texts.subtracting(expected).sorted() {
      try omissions.leaveOut(.withoutPicture, lonely, .withoutPicture(caption: lonely))
    }
    return try CaptionedListing(listing, omissions: omissions, expected: { textFile(of: $0.file) }) {
      location, omissions in
      let path = textFile(of: location.file)
      guard texts.contains(path) else { return nil }
      let bytes = try ImageFiles.translating(path, "Check the path.") {
        try CaptionText.read(path)
      }
      return try CaptionText.captions(bytes, path: path, omissions: &omissions)
    }
  }

  /// The text files in the folders that pictures lie in.
  private static func textFiles(beside part: Part) throws -> Set<String> {
    let folders = Set(part.names.map { parentFolder(of: "\(part.folder)/\($0)") })
    return Set(
      try folders.flatMap { folder in
        try ImageFiles.list(folder).filter { $0.hasSuffix(".txt") }.map { "\(folder)/\($0)" }
      })
  }

  /// The text file that belongs to a picture: `a/1.txt` to `a/1.png`.
  private static func textFile(of picture: String) -> String {
    picture.lastIndex(of: ".").map { picture[..<$0] + ".txt" } ?? picture + ".txt"
  }

  /// The name of a picture's class folder as a caption: `_` and `-` stand for blanks.
  private static func words(of location: PictureLocation) -> String {
    ImageFiles.name(parentFolder(of: location.file)).split { "_- ".contains($0) }.joined(separator: " ")
  }
}
