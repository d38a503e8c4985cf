import Formats
import Foundation

/// Where the bytes of a picture are: a file, or a part of an archive.
struct PictureLocation: Sendable, Equatable {
  /// The file that holds the bytes.
  let file: String
  /// The part of an archive; nil for a file of its own.
  let member: TarArchive.Member?

  init(file: String, member: TarArchive.Member? = nil) {
    self.file = file
    self.member = member
  }

  /// What messages call the picture.
  var path: String { member.map { "\(file):\($0.name)" } ?? file }

  /// Reads the bytes.
  /// - Throws: `ImageError` when the file is missing or cannot be read, `FormatError` when it is shorter than it was.
  func bytes() throws -> [UInt8] {
    guard let member else { return try ImageFiles.read(file) }
    return try ImageFiles.translating(file, "Check the path.") { try TarArchive.read(member, of: file) }
  }

  /// Reads and decodes the picture.
  /// - Throws: `ImageError` as `bytes`, and for bytes that are no whole picture.
  func decoded() throws -> DecodedImage { try PictureFile.decode(try bytes(), path: path) }
}
