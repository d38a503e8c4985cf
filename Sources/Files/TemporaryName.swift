import Foundation

/// Names of temporary files that say who writes them: `.<name>.tmp.<host>.<system>.<process>.<writer>`.
///
/// Only on the system where a writer runs can anyone tell whether it still does. A system is a boot of a host, and of
/// a container on it one name space of process ids; its eight digits come from all three. Files of other systems are
/// judged by their age.
enum TemporaryName {
  /// Days without a change after which a file of another system was left by a writer that is gone.
  static let daysUntilAbandoned = 3

  /// The longest part of the final name that is kept: with the rest a name has at most 255 bytes.
  private static let longestName = 180

  /// A name that no other writer has.
  static func new(for name: String) -> String {
    prefix(of: name) + "\(host).\(system).\(getpid()).\(process)\(hex(UInt32.random(in: 0...UInt32.max)))"
  }

  /// Removes what dead writers of a name left in a folder. A file that cannot be judged stays.
  static func removeStale(of name: String, in folder: String) {
    let prefix = prefix(of: name)
    for candidate in names(in: folder) where candidate.hasPrefix(prefix) {
      let path = folder + "/" + candidate
      if isStale(candidate.dropFirst(prefix.count), path: path) { unlink(path) }
    }
  }

  private static func prefix(of name: String) -> String {
    var shortened = Substring(name)
    while shortened.utf8.count > longestName { shortened = shortened.dropLast() }
    return ".\(shortened).tmp."
  }

  private static func isStale(_ writer: Substring, path: String) -> Bool {
    let parts = writer.split(separator: ".", omittingEmptySubsequences: false)
    guard parts.count == 4, parts[1] == system, let owner = pid_t(parts[2]), owner > 0 else {
      var status = stat()
      guard lstat(path, &status) == 0 else { return false }
      return time(nil) - status.st_mtim.tv_sec > daysUntilAbandoned * 86_400
    }
    // A number of a dead process may be given anew; if it is this one's, the writer's own digits tell.
    if owner == getpid() { return !parts[3].hasPrefix(process) }
    return kill(owner, 0) != 0 && errno == ESRCH
  }

  /// The host's name as people know it, cut to what a file name can bear.
  private static let host: String = {
    let letters = hostName.prefix(16).map {
      $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") ? $0 : "-"
    }
    return letters.isEmpty ? "host" : String(letters)
  }()

  private static let hostName: String = {
    var buffer = [CChar](repeating: 0, count: 256)
    guard gethostname(&buffer, buffer.count - 1) == 0 else { return "" }
    return String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }()

  /// Eight digits of this boot of this host and of its name space of process ids.
  private static let system: String = {
    let boot = (try? String(contentsOfFile: "/proc/sys/kernel/random/boot_id", encoding: .utf8)) ?? ""
    let space = (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/ns/pid")) ?? ""
    return String(SHA256.hex(Array("\(hostName)\n\(boot)\n\(space)".utf8)).prefix(8))
  }()

  /// Eight digits of this process.
  private static let process = hex(UInt32.random(in: 0...UInt32.max))

  private static func hex(_ value: UInt32) -> String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }
}
