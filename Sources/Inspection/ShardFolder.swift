import ArgumentParser
import Files
import Shards
import StageKit

/// The shards of one prefix and one split that lie in one folder, or a single file.
package struct ShardGroup {
  /// Folder and prefix, or the file's path.
  package let name: String
  /// Existing files, in order.
  package let paths: [String]
  /// Names that the split should have and the folder lacks.
  package let missing: [String]
}

/// Finding shards below paths that a person typed.
package enum ShardFolder {
  /// All groups below a path: the file itself, or everything in the folder and its sub-folders.
  ///
  /// Training checkpoints are private to their stage and left out, as is everything hidden. Links to folders are
  /// followed, but into each folder only once, and never to one around the path: so every walk ends, and what lies
  /// elsewhere on purpose is seen.
  package static func groups(below path: String) throws -> [ShardGroup] {
    guard exists(path) else { throw FileError.missing(path: path) }
    guard isFolder(path) else { return [ShardGroup(name: path, paths: [path], missing: [])] }
    var walk = FolderWalk(path)
    let groups = try collect(path, &walk)
    guard !groups.isEmpty else {
      throw StageError(.badData, "\(path) holds no file named *.shard. Give a folder that a stage wrote to.")
    }
    return groups
  }

  /// All files below the paths, in order.
  package static func files(below paths: [String]) throws -> [String] {
    try paths.flatMap { try groups(below: $0).flatMap(\.paths) }
  }

  /// The files to compare: those of one name below two folders, or two files.
  package static func pairs(_ first: String, _ second: String) throws -> [(String, String)] {
    let (left, right) = (try relative(first), try relative(second))
    if left.keys.contains("") || right.keys.contains("") {
      guard let one = left[""], let other = right[""] else {
        throw ValidationError("Give two files or two folders, not a file and a folder.")
      }
      return [(one, other)]
    }
    for (name, path) in left.sorted(by: { $0.key < $1.key }) where right[name] == nil {
      throw StageError(
        .missingInput, "\(path) has no counterpart \(second)\(name). Compare results of one split.")
    }
    for (name, path) in right.sorted(by: { $0.key < $1.key }) where left[name] == nil {
      throw StageError(
        .missingInput, "\(path) has no counterpart \(first)\(name). Compare results of one split.")
    }
    return left.keys.sorted().compactMap { name in
      guard let one = left[name], let other = right[name] else { return nil }
      return (one, other)
    }
  }

  /// Files by their path below the argument; a file's is empty.
  private static func relative(_ path: String) throws -> [String: String] {
    let files = try ShardFolder.files(below: [path])
    return Dictionary(
      files.map { (String($0.dropFirst(path.count)), $0) }, uniquingKeysWith: { first, _ in first })
  }

  private static func collect(_ folder: String, _ walk: inout FolderWalk) throws -> [ShardGroup] {
    let base = folder.hasSuffix("/") && folder.count > 1 ? String(folder.dropLast()) : folder
    var folders: [String] = []
    var singles: [String] = []
    var splits: [String: [ShardPart]] = [:]
    for name in try folderEntries(base) where !name.hasPrefix(".") {
      let path = base + "/" + name
      if isFolder(path) {
        if name != "checkpoints", walk.enters(path) { folders.append(path) }
      } else if let (prefix, part) = ShardName.parse(name) {
        splits["\(prefix)/\(part.count)", default: []].append(part)
      } else if name.hasSuffix(".shard") {
        singles.append(path)
      }
    }
    var result = singles.map { ShardGroup(name: $0, paths: [$0], missing: []) }
    for (key, parts) in splits.sorted(by: { $0.key < $1.key }) {
      let prefix = String(key[..<(key.lastIndex(of: "/") ?? key.endIndex)])
      let present = Set(parts.map(\.index))
      let all = (0..<parts[0].count).compactMap { ShardPart(index: $0, count: parts[0].count) }
      result.append(
        ShardGroup(
          name: base + "/" + prefix,
          paths: all.filter { present.contains($0.index) }.map { base + "/" + ShardName.file(prefix, $0) },
          missing: all.filter { !present.contains($0.index) }.map { ShardName.file(prefix, $0) }))
    }
    for folder in folders { result += try collect(folder, &walk) }
    return result
  }
}
