import Files

/// What can be wrong with captions and the files they come from. Every case says where, what was expected, what was
/// found and what to do.
enum CaptionError: StageFailure, Equatable {
  case withoutCaption(picture: String, expected: String)
  case withoutPicture(caption: String)
  case noCaptions(folder: String)
  case severalTables(folder: String, names: [String])
  case withoutColumns(path: String, missing: [String], found: [String])
  case badRow(path: String, line: Int, detail: String)
  case rowWithoutPicture(path: String, line: Int, name: String, folder: String)
  case empty(path: String)
  case notText(path: String)
  case notCaptions(path: String, detail: String)
  case oversized(path: String, found: Int, limit: Int)
  case oversizedRow(path: String, line: Int, limit: Int)

  /// How a picture whose caption is bad can be left out.
  private static let skip = "or set data.skip_broken to true."

  var description: String {
    switch self {
    case .withoutCaption(let picture, let expected):
      "\(picture) has no caption: expected \(expected). Add it, remove the picture, \(Self.skip)"
    case .withoutPicture(let caption):
      "\(caption) has no picture: expected one of the same name ending in "
        + PictureFile.endings.map { ".\($0)" }.joined(separator: ", ")
        + ". Add it, remove the caption, \(Self.skip)"
    case .noCaptions(let folder):
      "\(folder) holds no captions: expected a file NAME.txt beside each picture, "
        + "one of \(CaptionTable.names.joined(separator: ", ")), or folders whose names are captions. Add one of them."
    case .severalTables(let folder, let names):
      "\(folder) holds \(names.joined(separator: " and ")), expected one table of captions. Remove all but one."
    case .withoutColumns(let path, let missing, let found):
      "\(path) lacks \(missing.joined(separator: " and ")); it has "
        + (found.isEmpty ? "no columns" : found.map { "'\($0)'" }.joined(separator: ", "))
        + ". Name the columns so."
    case .badRow(let path, let line, let detail):
      "\(path) has a bad row in line \(line): \(detail). Correct it, remove it, \(Self.skip)"
    case .rowWithoutPicture(let path, let line, let name, let folder):
      "\(path) names '\(name)' in line \(line), but \(folder) holds no such picture. Add it, remove the row, \(Self.skip)"
    case .empty(let path):
      "\(path) is empty: expected a caption a line. Write one, remove the picture, \(Self.skip)"
    case .notText(let path):
      "\(path) is not text: expected UTF-8, found a zero byte. Convert it to UTF-8, \(Self.skip)"
    case .notCaptions(let path, let detail):
      "\(path) holds no captions: \(detail). Correct it, remove the picture, \(Self.skip)"
    case .oversized(let path, let found, let limit):
      "\(path) has \(grouped(found)) bytes, expected captions of at most \(grouped(limit)). Correct the path, or shorten them."
    case .oversizedRow(let path, let line, let limit):
      "\(path) has a row of more than \(grouped(limit)) bytes in line \(line). Look for a quote that is never closed, or shorten it."
    }
  }

  var exitCode: Int32 { 65 }
}
