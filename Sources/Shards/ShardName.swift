import Files
import Foundation

/// One part of a whole that is split into a fixed number of shards, written `00003-of-00008`.
public struct ShardPart: Equatable, Sendable, CustomStringConvertible {
  /// Zero-based.
  public let index: Int
  public let count: Int

  /// The most parts of a whole: five digits.
  public static let mostParts = 99_999

  /// The only part of what is not divided.
  public static let whole = ShardPart()

  private init() { (index, count) = (0, 1) }

  /// Nil unless 0 ≤ index < count ≤ 99,999.
  public init?(index: Int, count: Int) {
    guard index >= 0, index < count, count <= Self.mostParts else { return nil }
    self.index = index
    self.count = count
  }

  /// Nil unless the text has the form `00003-of-00008`.
  public init?(_ text: String) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count == 3, parts[1] == "of", parts[0].utf8.count == 5, parts[2].utf8.count == 5,
      (parts[0] + parts[2]).utf8.allSatisfy({ (0x30...0x39).contains($0) }), let index = Int(parts[0]),
      let count = Int(parts[2])
    else { return nil }
    self.init(index: index, count: count)
  }

  public var description: String { String(format: "%05d-of-%05d", index, count) }

  /// The records of this part among all `records`: record i belongs to shard ⌊i · count / records⌋.
  public func range(ofRecords records: Int) -> Range<Int> {
    let first = (index * records + count - 1) / count
    return first..<(((index + 1) * records + count - 1) / count)
  }
}

/// The names of shard files: `orders-00003-of-00008.shard`.
public enum ShardName {
  /// The file name of one shard. `prefix` is the kind's name by convention.
  public static func file(_ prefix: String, _ part: ShardPart) -> String { "\(prefix)-\(part).shard" }

  /// The file name of one shard of a kind.
  public static func file(_ kind: ShardKind, index: Int, count: Int) -> String {
    "\(kind.rawValue)-" + String(format: "%05d-of-%05d", index, count) + ".shard"
  }

  /// Prefix and part of a file name, or nil if it is not such a name.
  public static func parse(_ name: String) -> (prefix: String, part: ShardPart)? {
    guard name.hasSuffix(".shard") else { return nil }
    let stem = name.dropLast(".shard".count)
    guard stem.utf8.count > 15, let part = ShardPart(String(stem.suffix(14))),
      stem.dropLast(14).last == "-"
    else { return nil }
    return (String(stem.dropLast(15)), part)
  }

  /// What a file's name says that its content contradicts; nil if they agree or the name is free of kind and
  /// part, such as `model.shard`.
  ///
  /// A copy of a shard under the name of its neighbour would otherwise stand for images that it does not hold.
  public static func contradiction(of path: String, _ kind: ShardKind, _ part: ShardPart?) -> TableProblem? {
    let name = String(path.split(separator: "/").last ?? "")
    guard let parsed = parse(name), let said = ShardKind(rawValue: parsed.prefix) else { return nil }
    if said != kind {
      return TableProblem(expected: "a shard of \(said) as its name says", found: "one of \(kind)")
    }
    if parsed.part == part { return nil }
    let found = part.map { "part \($0)" } ?? "a part that no name can say"
    return TableProblem(expected: "part \(parsed.part) as its name says", found: found)
  }

  /// All paths of a split, in order.
  ///
  /// - Parameters:
  ///   - folder: the directory of shards.
  ///   - prefix: what the names begin with, such as `orders`.
  ///   - count: the number of shards; nil takes the one split that the folder holds.
  /// - Throws: `FileError.missing` if the folder or a shard is absent, `.io` if the folder cannot be read,
  ///   `ShardError.mismatch` if `count` is nil and the folder holds shards of several splits.
  public static func list(_ folder: String, prefix: String, count: Int? = nil) throws -> [String] {
    let parts = try parts(folder, prefix: prefix)
    let counts = Set(parts.map(\.count)).sorted()
    if count == nil, counts.count > 1 {
      throw ShardError.mismatch(
        path: folder, expected: "shards of one split",
        found: "splits into " + counts.map(String.init).joined(separator: " and "))
    }
    guard let count = count ?? counts.first else {
      throw FileError.missing(path: "\(folder)/\(prefix)-00000-of-?????.shard")
    }
    let present = Set(parts.filter { $0.count == count }.map(\.index))
    return try (0..<count).map { index in
      let path = "\(folder)/\(prefix)-" + String(format: "%05d-of-%05d", index, count) + ".shard"
      guard present.contains(index) else { throw FileError.missing(path: path) }
      return path
    }
  }

  /// All paths of a kind's split; see `list(_:prefix:count:)`.
  public static func list(_ folder: String, kind: ShardKind, count: Int? = nil) throws -> [String] {
    try list(folder, prefix: kind.rawValue, count: count)
  }

  /// Shards in the folder that belong to a split of another count, left over from other settings.
  public static func strays(_ folder: String, prefix: String, count: Int) -> [String] {
    ((try? parts(folder, prefix: prefix)) ?? []).filter { $0.count != count }.map {
      "\(folder)/" + file(prefix, $0)
    }
  }

  private static func parts(_ folder: String, prefix: String) throws -> [ShardPart] {
    let names: [String]
    do { names = try folderEntries(folder) } catch FileError.missing { return [] }
    return names.compactMap { name in
      guard let parsed = parse(name), parsed.prefix == prefix else { return nil }
      return parsed.part
    }
  }
}
