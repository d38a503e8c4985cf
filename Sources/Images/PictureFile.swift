/// Picture files of any format that this build reads, told apart by their names' endings.
public enum PictureFile {
  /// Formats by the endings of file names, in lower case.
  private static let formats = ["png": "PNG"]

  /// The format of a file, such as "PNG"; empty for a name of no known ending.
  public static func format(_ name: String) -> String { formats[ending(name)] ?? "" }

  /// The names of all picture files directly in a folder, sorted by their bytes; endings in any case.
  /// - Throws: `ImageError.missing` or `.noPictures`.
  public static func list(_ folder: String) throws -> [String] {
    let names = try ImageFiles.list(folder).filter {
      formats[ending($0)] != nil && !ImageFiles.isFolder("\(folder)/\($0)")
    }
    guard !names.isEmpty else {
      throw ImageError.noPictures(path: folder, endings: formats.keys.sorted())
    }
    return names
  }

  /// Reads a picture as scoring tools do: opacity is dropped and the colours below it are taken as stored.
  public static func read(_ path: String) throws -> PNG.Decoded { try PNG.read(path, opacity: .dropped) }

  private static func ending(_ name: String) -> String {
    guard let dot = name.lastIndex(of: "."), dot != name.startIndex else { return "" }
    return name[name.index(after: dot)...].lowercased()
  }
}
