import ArgumentParser
import Shards

/// Which shards of a split one process works on: one, `17/1024`, or neighbours, `16-31/1024`; counted from 0.
///
/// A process that makes several reads its model once. What it makes is the same as by a process for each.
public struct ShardRange: Sendable, Equatable {
  public let first: Int
  public let last: Int
  public let count: Int

  /// The parts, in sequence.
  public var parts: [ShardPart] { (first...last).compactMap { ShardPart(index: $0, count: count) } }

  /// - Throws: `ValidationError` (exit code 64) for anything else.
  public init(option text: String) throws {
    let halves = text.split(separator: "/", omittingEmptySubsequences: false)
    let wrong = ValidationError(
      "expected shards counted from 0, such as 17/1024 or 16-31/1024, found '\(text)'.")
    guard halves.count == 2, let count = Self.number(halves[1]),
      (1...ShardPart.mostParts).contains(count)
    else { throw wrong }
    let ends = halves[0].split(separator: "-", omittingEmptySubsequences: false).map(Self.number)
    guard ends.count <= 2, let first = ends[0], let last = ends[ends.count - 1], first <= last, last < count
    else { throw wrong }
    self.first = first
    self.last = last
    self.count = count
  }

  /// A number of digits alone.
  private static func number(_ text: Substring) -> Int? {
    text.utf8.allSatisfy { (0x30...0x39).contains($0) } ? Int(text) : nil
  }
}

extension ShardRange {
  /// The shards of a kind in a folder, a path for each part; whether they are there or not.
  public func paths(in folder: String, _ kind: ShardKind) -> [String] {
    parts.map { folder.withoutTrailingSlashes + "/" + ShardName.file(kind.rawValue, $0) }
  }
}

extension String {
  /// A folder's path without slashes at its end; that of the root stays.
  fileprivate var withoutTrailingSlashes: String {
    let end = lastIndex { $0 != "/" }
    return end.map { String(self[...$0]) } ?? ""
  }
}
