import Files
import Foundation
import Images

/// Small captioned data sets below `odd/`, one of each form that captions can have, with settings that read them.
enum CaptionedData: String, CaseIterable {
  case table = "csv"
  case lines = "jsonl"
  case beside = "txt"
  case archive = "tar"

  /// The settings of `tokenize text`.
  var settings: String { "odd/config/\(rawValue).json" }

  /// The file whose bytes are changed, and the settings that read it then.
  var changed: (file: String, settings: String) {
    ("\(folder(isChanged: true))/\(name)", "odd/config/changed-\(rawValue).json")
  }

  /// The file with the captions.
  var file: String { "\(folder(isChanged: false))/\(name)" }

  private var name: String {
    switch self {
    case .table: "captions.csv"
    case .lines: "captions.jsonl"
    case .beside: "1.txt"
    case .archive: "pictures.tar"
    }
  }

  private func folder(isChanged: Bool) -> String { "odd/captioned/\(isChanged ? "changed-" : "")\(rawValue)" }

  private static let captions = ["a red dress", "a bag, \"blue\"", "grün 🎒", "boots on grey"]

  /// Makes all of them, with the settings `run/config/text.json` of the run for what is not said here.
  static func make() throws {
    try FileManager.default.createDirectory(atPath: "odd/config", withIntermediateDirectories: true)
    for data in allCases {
      for isChanged in [false, true] { try data.make(isChanged: isChanged) }
    }
  }

  /// - Parameter isChanged: leaves out the file with the captions, which is written when it is changed.
  private func make(isChanged: Bool) throws {
    let folder = folder(isChanged: isChanged)
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let pictures = try (0..<Self.captions.count).map { index in
      (
        name: "\(index).png",
        bytes: try PNG.encode(Image(width: 32, height: 32, colour: [UInt8(index), 90, 200]))
      )
    }
    for (index, picture) in pictures.enumerated() where self != .archive {
      try write(picture.bytes, "\(folder)/\(picture.name)")
      if self == .beside, !isChanged || index != 1 {
        try write(Array(Self.captions[index].utf8), "\(folder)/\(index).txt")
      }
    }
    if !isChanged, self != .beside { try write(content(pictures), file) }
    var settings = try JSONValue(parsing: try ReadableFile.bytes(of: "run/config/text.json")).object ?? [:]
    var section = settings["data"]?.object ?? [:]
    section["source"] = .string(self == .archive ? "captioned-webdataset" : "captioned-folder")
    section["path"] = .string(folder)
    section["train_images"] = 0
    section["test_images"] = 0
    settings["data"] = .object(section)
    try write(Array(JSONValue.object(settings).text.utf8), isChanged ? changed.settings : self.settings)
  }

  private func content(_ pictures: [(name: String, bytes: [UInt8])]) -> [UInt8] {
    switch self {
    case .table:
      let rows = zip(pictures, Self.captions).map { "\($0.name),\"\($1.replacing("\"", with: "\"\""))\"\r\n" }
      return Array(("file_name,caption\r\n" + rows.joined()).utf8)
    case .lines:
      let rows = zip(pictures, Self.captions).map { picture, caption in
        JSONValue.object(["file_name": .string(picture.name), "captions": [.string(caption), "a picture"]])
          .text
      }
      return Array(rows.joined(separator: "\n").utf8)
    case .archive:
      var bytes: [UInt8] = []
      for (index, picture) in pictures.enumerated() {
        bytes +=
          Self.member(picture.name, picture.bytes)
          + Self.member("\(index).txt", Array(Self.captions[index].utf8))
      }
      bytes += [UInt8](repeating: 0, count: 1024)
      TarRepair.repair(&bytes)
      return bytes
    case .beside: return []
    }
  }

  /// A member of a tar archive, without its checksum.
  private static func member(_ name: String, _ content: [UInt8]) -> [UInt8] {
    var header = [UInt8](repeating: 0, count: 512)
    func put(_ text: String, at place: Int) {
      header.replaceSubrange(place..<place + text.utf8.count, with: text.utf8)
    }
    put(name, at: 0)
    put("0000644", at: 100)
    let size = String(content.count, radix: 8)
    put(String(repeating: "0", count: 11 - size.count) + size, at: 124)
    put("00000000000", at: 136)
    put("0", at: 156)
    put("ustar\u{0}00", at: 257)
    return header + content + [UInt8](repeating: 0, count: (512 - content.count % 512) % 512)
  }

  private func write(_ bytes: [UInt8], _ path: String) throws {
    try Data(bytes).write(to: URL(filePath: path))
  }
}
