import Foundation

/// A program run by a test, in a process group of its own so that it can be killed with all its children.
struct Command {
  /// What a finished program said and how it ended.
  struct Result {
    /// The exit code, or 128 plus the number of the signal that ended it.
    let code: Int32
    let output: String
    let error: String
    let seconds: Double
    /// Everything it said, for messages of failed expectations.
    var text: String { output + error }
  }

  enum Failure: Error { case cannotStart(String, Int32) }

  let process: pid_t
  private let output: URL
  private let error: URL
  private let start = ContinuousClock.now

  /// Starts a program, found in PATH, in a folder.
  init(_ arguments: [String], in folder: String, environment: [String: String] = [:]) throws {
    let scratch = FileManager.default.temporaryDirectory.appending(
      path: "orderedar-command-" + UUID().uuidString)
    output = scratch.appendingPathExtension("out")
    error = scratch.appendingPathExtension("err")

    var variables = ProcessInfo.processInfo.environment
    // What a surrounding make tells its children must not reach a make under test.
    for name in ["MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "PRESET", "RUN", "FROM", "SET"] {
      variables[name] = nil
    }
    variables.merge(["LC_ALL": "C.UTF-8", "COLUMNS": "80", "TERM": "dumb"]) { _, new in new }
    variables.merge(environment) { _, new in new }

    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    posix_spawn_file_actions_addopen(&actions, 1, output.path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    posix_spawn_file_actions_addopen(&actions, 2, error.path, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // The threads that tests run on block signals; a child would inherit that and be deaf to SIGTERM.
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK))
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setpgroup(&attributes, 0)

    // 'env -C' changes the folder for the child only.
    let words = ["env", "-C", folder] + arguments
    var argv: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) } + [nil]
    var envp: [UnsafeMutablePointer<CChar>?] = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for pointer in argv + envp { free(pointer) } }
    var child: pid_t = 0
    let code = posix_spawnp(&child, "env", &actions, &attributes, &argv, &envp)
    guard code == 0 else { throw Failure.cannotStart(words.joined(separator: " "), code) }
    process = child
  }

  /// Runs a program to its end.
  static func run(
    _ arguments: [String], in folder: String, environment: [String: String] = [:]
  ) throws -> Result {
    try Command(arguments, in: folder, environment: environment).wait()
  }

  /// Waits for the end, and for the end of all children that still write.
  func wait() -> Result {
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0 && errno == EINTR {}
    return result(status)
  }

  /// Waits at most so many seconds; nil if the program still runs then.
  func wait(seconds: Double) -> Result? {
    let end = ContinuousClock.now + .seconds(seconds)
    while ContinuousClock.now < end {
      var status: Int32 = 0
      if waitpid(process, &status, WNOHANG) == process { return result(status) }
      usleep(5000)
    }
    return nil
  }

  private func result(_ status: Int32) -> Result {
    let signal = status & 0x7f
    let code = signal == 0 ? (status >> 8) & 0xff : 128 + signal
    defer {
      try? FileManager.default.removeItem(at: output)
      try? FileManager.default.removeItem(at: error)
    }
    return Result(
      code: code, output: (try? String(contentsOf: output, encoding: .utf8)) ?? "",
      error: (try? String(contentsOf: error, encoding: .utf8)) ?? "",
      seconds: (ContinuousClock.now - start) / .seconds(1))
  }

  /// Sends a signal to the program alone.
  func signal(_ number: Int32) { kill(process, number) }

  /// Sends a signal to the program and all its children, and waits until none of them is left.
  func signalGroup(_ number: Int32) {
    kill(-process, number)
    var status: Int32 = 0
    while waitpid(process, &status, 0) < 0 && errno == EINTR {}
    while kill(-process, 0) == 0 { usleep(2000) }
    try? FileManager.default.removeItem(at: output)
    try? FileManager.default.removeItem(at: error)
  }
}
