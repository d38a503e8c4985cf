import Files
import Foundation

/// The memory that this process can have, to refuse what certainly does not fit with a sentence instead of being
/// killed for it half-way.
public enum MemoryRoom {
  /// Bytes of memory and swap space of the machine, or fewer where a control group or `ulimit -v` allows no more.
  public static let bytes: Int = {
    var room = machine()
    for limit in controlGroups() { room = min(room, limit) }
    var limit = rlimit()
    if getrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0, limit.rlim_cur < rlim_t(Int.max) {
      room = min(room, Int(limit.rlim_cur))
    }
    return room
  }()

  /// Requires room for the least that some work takes.
  ///
  /// - Parameters:
  ///   - amounts: factors whose product is a number of bytes; it may be beyond any integer.
  ///   - subject: the path and the setting that ask for it, such as `c.json: 'sampling.images'`.
  ///   - purpose: what it is for, such as "100,000 images".
  ///   - advice: what to do, a sentence.
  ///   - exit: the exit code.
  public static func require(
    product amounts: [Int], subject: String, purpose: String, advice: String, exit: StageExit = .configuration
  ) throws {
    var total = 1
    for amount in amounts {
      let (product, overflow) = total.multipliedReportingOverflow(by: max(amount, 0))
      total = overflow ? .max : product
    }
    guard total > bytes else { return }
    throw StageError(
      exit,
      "\(subject) needs at least \(HumanText.bytes(total)) of memory for \(purpose), found "
        + "\(HumanText.bytes(bytes)) on this machine. \(advice)")
  }

  private static func machine() -> Int {
    let text = (try? String(contentsOfFile: "/proc/meminfo", encoding: .utf8)) ?? ""
    let kibibytes = text.split(separator: "\n").filter {
      $0.hasPrefix("MemTotal:") || $0.hasPrefix("SwapTotal:")
    }
    .compactMap { $0.split(separator: " ").dropFirst().first.flatMap { Int($0) } }
    return kibibytes.isEmpty ? .max : kibibytes.reduce(0, +) << 10
  }

  /// The limits of this process's control group and of those above it.
  private static func controlGroups() -> [Int] {
    let text = (try? String(contentsOfFile: "/proc/self/cgroup", encoding: .utf8)) ?? ""
    var group =
      text.split(separator: "\n").first { $0.hasPrefix("0::") }.map { String($0.dropFirst(3)) } ?? "/"
    var files = ["/sys/fs/cgroup/memory/memory.limit_in_bytes"]
    while true {
      files.append("/sys/fs/cgroup\(group == "/" ? "" : group)/memory.max")
      if group == "/" || group.isEmpty { break }
      group = parentFolder(of: group)
    }
    return files.compactMap { file in
      guard let text = try? String(contentsOfFile: file, encoding: .utf8) else { return nil }
      return Int(text.trimmingCharacters(in: .whitespacesAndNewlines)).flatMap { $0 > 0 ? $0 : nil }
    }
  }
}
