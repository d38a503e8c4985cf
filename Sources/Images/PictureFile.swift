/// Picture files of any format, told apart by their contents; lists go by the names' endings.
public enum PictureFile {
  /// Formats by the endings of file names, in lower case. JPEG files are listed by every build, so that one
  /// that cannot read them says so instead of leaving them out.
  private static let formats = ["png": "PNG", "jpg": "JPEG", "jpeg": "JPEG"]

  /// The endings of picture files, such as "png", sorted.
  static var endings: [String] { formats.keys.sorted() }

  /// The format of a file, such as "PNG"; empty for a name of no known ending.
  public static func format(_ name: String) -> String { formats[ending(name)] ?? "" }

  /// The picture files of a folder, sorted by the bytes of their names; endings in any case. Those directly in it,
  /// or where there are none, as in ImageNet's class folders, those of the folders below it: then names are paths
  /// from the folder on.
  /// - Throws: `ImageError.missing` or `.noPictures`.
  public static func list(_ folder: String) throws -> [String] {
    let names = try pictures(in: folder, levels: deepest)
    guard !names.isEmpty else { throw ImageError.noPictures(path: folder, endings: endings) }
    return names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
  }

  /// Levels of folders that are searched; links can make a folder lie in itself.
  private static let deepest = 4

  private static func pictures(in folder: String, levels: Int) throws -> [String] {
    let names = try ImageFiles.list(folder)
    let folders = names.filter { ImageFiles.isFolder("\(folder)/\($0)") }
    let pictures = Set(names).subtracting(folders).filter { formats[ending($0)] != nil }
    guard pictures.isEmpty, levels > 0 else { return Array(pictures) }
    return try folders.flatMap { name in
      try Self.pictures(in: "\(folder)/\(name)", levels: levels - 1).map { "\(name)/\($0)" }
    }
  }

  /// Reads a picture; if not told otherwise as scoring tools do: opacity is dropped and the colours below it are
  /// taken as stored.
  /// - Throws: as `decode`, and for a file that cannot be read.
  public static func read(_ path: String, opacity: PNG.Opacity = .dropped) throws -> DecodedImage {
    try decode(try ImageFiles.read(path), path: path, opacity: opacity)
  }

  /// Decodes the bytes of a PNG or JPEG file, whatever its name says (ImageNet has PNG files called JPEG).
  /// - Parameters:
  ///   - path: names the bytes in errors.
  ///   - opacity: what becomes of a fourth channel.
  /// - Throws: `ImageError` for other formats and for damaged files.
  public static func decode(
    _ bytes: [UInt8], path: String, opacity: PNG.Opacity = .onWhite
  ) throws -> DecodedImage {
    if JPEG.begins(bytes) { return try JPEG.decode(bytes, path: path) }
    if format(path) == "JPEG", !bytes.starts(with: PNGChunks.signature) {
      throw ImageError.notJPEG(path: path, found: ImageFiles.beginning(of: bytes))
    }
    return try PNG.decode(bytes, path: path, opacity: opacity)
  }

  private static func ending(_ name: String) -> String {
    guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return "" }
    return name[name.index(after: dot)...].lowercased()
  }
}
