import Files
import Foundation

/// The folder in which commands run: a copy of a finished run, odd files, and a folder for outputs. The process
/// works in it, so that commands need no path that leads out of it.
///
/// `run/` is the copy, `odd/` holds what nobody meant, `out/` is empty before each command.
final class Sandbox {
  /// The present folder of all commands.
  let folder: String
  let binaries: String
  /// Seconds of processor time after which a command is asked to stop, and then those that it has to do so.
  let patience: Double
  private let pristine: String
  private let transcript: String
  private var known: [String: Identity] = [:]
  /// Files and folders of `run/` and `odd/`, as options may name them.
  private(set) var names: [String] = []

  /// What tells whether a file may have changed.
  private struct Identity: Equatable {
    let inode: ino_t
    let mode: mode_t
    let size: Int
    let seconds, nanoseconds: Int
  }

  /// What happened to a file that was there before.
  struct Change {
    let name: String
    let before: [UInt8]
    /// Nil if it is gone.
    let after: [UInt8]?
  }

  init(_ folder: String, run: String, binaries: String, patience: Double) throws {
    let files = FileManager.default
    let root = URL(filePath: folder).standardizedFileURL.path
    self.folder = root + "/work"
    pristine = root + "/pristine"
    transcript = root + "/transcript"
    self.binaries = URL(filePath: binaries).standardizedFileURL.path
    self.patience = patience
    let source = URL(filePath: run).standardizedFileURL.path
    if files.fileExists(atPath: root) {
      guard files.fileExists(atPath: pristine) else {
        throw SandboxError("\(root) exists and is no folder of an earlier 'fuzz stages'. Give another --out.")
      }
      try files.removeItem(atPath: root)
    }
    for name in ["work", "pristine", "transcript"] {
      try files.createDirectory(atPath: root + "/" + name, withIntermediateDirectories: true)
    }
    guard files.fileExists(atPath: source + "/config/settings.json") else {
      throw SandboxError("\(source) is no run: make one with 'make all PRESET=smoke'.")
    }
    try files.copyItem(atPath: source, toPath: self.folder + "/run")
    guard chdir(self.folder) == 0 else { throw SandboxError("\(self.folder) cannot be entered.") }
    try files.createDirectory(atPath: "out", withIntermediateDirectories: false)
  }

  /// Remembers all files as they are now; whatever commands do to them is noticed and undone.
  func seal() throws {
    for name in ["run", "odd"] {
      try? FileManager.default.removeItem(atPath: pristine + "/" + name)
      try copy(name)
    }
    known = scan()
    // Codes are many small files of one sort.
    names = known.keys.filter { !$0.hasSuffix(".npy") }.sorted()
  }

  /// Runs a program in the folder.
  func run(_ program: String, _ words: [String], hasFullOutput: Bool = false) -> Outcome {
    Outcome(
      ["\(binaries)/\(program)"] + words, patience: patience,
      output: hasFullOutput ? "/dev/full" : transcript + "/out", error: transcript + "/err")
  }

  /// Files whose bytes a command changed, and what else it left outside `out/`. Puts all back and empties `out/`.
  func restored() throws -> (changes: [Change], strays: [String]) {
    let present = scan()
    var changes: [Change] = []
    // Folders come before what is in them.
    for (name, identity) in known.sorted(by: { $0.key < $1.key }) where present[name] != identity {
      guard identity.mode & S_IFMT == S_IFREG else {
        if present[name]?.mode != identity.mode {
          changes.append(Change(name: name, before: [], after: nil))
          try replace(name)
        }
        continue
      }
      let before = try ReadableFile.bytes(of: pristine + "/" + name)
      let after = present[name].flatMap { _ in try? ReadableFile.bytes(of: name) }
      if before != after {
        changes.append(Change(name: name, before: before, after: after))
        try replace(name)
      }
    }
    let strays = present.keys.filter { known[$0] == nil }.sorted()
    for name in strays { try? FileManager.default.removeItem(atPath: name) }
    for name in try FileManager.default.contentsOfDirectory(atPath: ".") where name != "run" && name != "odd"
    {
      try FileManager.default.removeItem(atPath: name)
    }
    try FileManager.default.createDirectory(atPath: "out", withIntermediateDirectories: false)
    known = scan()
    return (changes, strays)
  }

  private func replace(_ name: String) throws {
    try? FileManager.default.removeItem(atPath: name)
    try OddFiles.copy(pristine + "/" + name, to: name)
  }

  private func copy(_ name: String) throws {
    try OddFiles.copy(name, to: pristine + "/" + name)
    guard let children = FileManager.default.enumerator(atPath: name) else { return }
    for case let child as String in children {
      try OddFiles.copy(name + "/" + child, to: "\(pristine)/\(name)/\(child)")
    }
  }

  /// Every file and folder below `run/` and `odd/`; links are not followed.
  private func scan() -> [String: Identity] {
    var found: [String: Identity] = [:]
    for name in ["run", "odd"] {
      for child in [""] + (FileManager.default.enumerator(atPath: name)?.allObjects as? [String] ?? []) {
        let path = child.isEmpty ? name : name + "/" + child
        var status = stat()
        guard lstat(path, &status) == 0 else { continue }
        let isFolder = status.st_mode & S_IFMT == S_IFDIR
        found[path] = Identity(
          inode: isFolder ? 0 : status.st_ino, mode: status.st_mode, size: isFolder ? 0 : Int(status.st_size),
          seconds: isFolder ? 0 : status.st_mtim.tv_sec, nanoseconds: isFolder ? 0 : status.st_mtim.tv_nsec)
      }
    }
    return found
  }
}

struct SandboxError: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}
