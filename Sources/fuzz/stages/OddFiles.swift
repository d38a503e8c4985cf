import Files
import Foundation
import Images
import Randomness
import Shards
import Weights

/// The folder `odd/`: files that options may name and nobody meant.
enum OddFiles {
  /// Whether the run is one of captions.
  static var isOfCaptions: Bool { FileManager.default.fileExists(atPath: "run/text/tokenizer.shard") }

  /// Fills the folder, beside the copy of a run.
  static func make() throws {
    let files = FileManager.default
    try files.createDirectory(atPath: "odd/loop", withIntermediateDirectories: true)
    try files.createDirectory(atPath: "odd/nothing", withIntermediateDirectories: true)
    let model = "run/anyorder/model.shard"
    let bytes = try ReadableFile.bytes(of: model)
    try write(Array(bytes.prefix(bytes.count / 2)), "odd/half.shard")
    var flipped = bytes
    flipped[bytes.count / 2] ^= 16
    try write(flipped, "odd/flipped.shard")
    try write([], "odd/empty.shard")
    try write([], "odd/empty.json")
    try write(Array("hello\n".utf8), "odd/text.txt")
    try write(Array("{}".utf8), "odd/object.json")
    try write([UInt8](repeating: 0x5B, count: 200_000), "odd/deep.json")
    try PNG.write(Image(width: 28, height: 28, colour: [200]), to: "odd/image.png")
    let half = (0..<28 * 28).map { $0 < 14 * 28 ? UInt8(0) : 255 }
    try PNG.write(Image(width: 28, height: 28, channels: 1, pixels: half), to: "odd/mask.png")
    try PNG.write(Image(width: 3, height: 5, colour: [1, 2, 3]), to: "odd/colour.png")
    // Weights without a finite number, and tokens of another tokenizer.
    let (table, header) = try WeightsTable.read(model)
    let broken = table.tensors.map {
      NamedTensor($0.name, shape: $0.shape, values: [Float](repeating: .nan, count: $0.shape.reduce(1, *)))
    }
    try WeightsTable(tensors: broken, model: table.model, facts: table.facts).writeUnchecked(
      to: "odd/nan.shard", provenance: header.provenance)
    let (tokens, origin) = try TokenTable.read("run/tokens/test/tokens-00000-of-00001.shard")
    var foreign = tokens
    foreign.codebook = "another"
    try foreign.write(to: "odd/foreign.shard", provenance: origin.provenance)
    if isOfCaptions { try CaptionedData.make() } else { try RuleSettings.make() }
    try makeReplicate()
    link("run/anyorder/model.shard", "odd/hard-link.shard")
    symlink("../run/anyorder/model.shard", "odd/link.shard")
    symlink("link-to-itself", "odd/link-to-itself")
    symlink("..", "odd/loop/up")
    try special("odd/fifo", S_IFIFO, 0)
    // Devices of the machine are never named: a program that replaces its output would replace them.
    try? special("odd/null", S_IFCHR, makedev(1, 3))
    try? special("odd/full", S_IFCHR, makedev(1, 7))
    try? special("odd/zero", S_IFCHR, makedev(1, 5))
  }

  /// `odd/again`: settings and scores of the run, as another training would have left them.
  private static func makeReplicate() throws {
    let settings = "odd/again/config/settings.json"
    try FileManager.default.createDirectory(atPath: "odd/again", withIntermediateDirectories: true)
    for folder in ["config", "scores"] {
      try FileManager.default.copyItem(atPath: "run/\(folder)", toPath: "odd/again/\(folder)")
    }
    var sections = try JSONValue(parsing: try ReadableFile.bytes(of: settings)).object ?? [:]
    var tokenizer = sections["tokenizer"]?.object ?? [:]
    tokenizer["seed"] = 1001
    sections["tokenizer"] = .object(tokenizer)
    try write(Array(JSONValue.object(sections).text.utf8), settings)
  }

  private static func write(_ bytes: [UInt8], _ path: String) throws {
    try Data(bytes).write(to: URL(filePath: path))
  }

  private static func makedev(_ major: dev_t, _ minor: dev_t) -> dev_t { major << 8 | minor }

  private static func special(_ path: String, _ kind: mode_t, _ device: dev_t) throws {
    guard mknod(path, kind | 0o600, device) == 0 else { throw SandboxError("\(path) cannot be made.") }
  }

  /// Copies one file, link, pipe, device or folder without what is in it.
  static func copy(_ source: String, to target: String) throws {
    var status = stat()
    guard lstat(source, &status) == 0 else { throw SandboxError("\(source) cannot be looked at.") }
    switch status.st_mode & S_IFMT {
    case S_IFDIR: try FileManager.default.createDirectory(atPath: target, withIntermediateDirectories: true)
    case S_IFREG, S_IFLNK: try FileManager.default.copyItem(atPath: source, toPath: target)
    default: try special(target, status.st_mode & S_IFMT, status.st_rdev)
    }
  }
}
