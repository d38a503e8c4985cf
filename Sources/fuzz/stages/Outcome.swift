import Foundation

/// How a command ended.
struct Outcome {
  /// The exit code; nil if a signal ended it.
  let code: Int32?
  /// The signal that ended it, or 0.
  let signal: Int32
  /// Whether it was asked to stop, because it had taken long.
  let wasStopped: Bool
  /// Why it had to be killed, or nil.
  let hang: String?
  let output: String
  let error: String
  let peakMemory: Int
  let seconds: Double

  /// Seconds without any progress after which a command is taken to wait for ever.
  private static let standstill = 12.0

  /// Starts a program in a process group of its own and waits for it.
  ///
  /// After `patience` seconds of processor time it gets SIGTERM, which stages obey; one that goes on for four
  /// times as long, or waits without using the processor, is killed.
  init(_ arguments: [String], patience: Double, output outputPath: String, error errorPath: String) {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    let flags = outputPath == "/dev/full" ? O_WRONLY : O_WRONLY | O_CREAT | O_TRUNC
    posix_spawn_file_actions_addopen(&actions, 1, outputPath, flags, 0o600)
    posix_spawn_file_actions_addopen(&actions, 2, errorPath, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP))
    posix_spawnattr_setpgroup(&attributes, 0)
    let variables = ProcessInfo.processInfo.environment.merging(
      ["LC_ALL": "C.UTF-8", "COLUMNS": "80", "TERM": "dumb", "SWIFT_BACKTRACE": "enable=no"]) { $1 }
    var words: [UnsafeMutablePointer<CChar>?] = arguments.map { strdup($0) } + [nil]
    var settings: [UnsafeMutablePointer<CChar>?] = variables.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for pointer in words + settings { free(pointer) } }
    var child: pid_t = 0
    let start = ContinuousClock.now
    guard posix_spawn(&child, arguments[0], &actions, &attributes, &words, &settings) == 0 else {
      self.init(message: "\(arguments[0]) cannot be started")
      return
    }
    var (status, usage) = (Int32(0), rusage())
    var (stopped, hang) = (false, String?.none)
    var (lastTime, lastProgress) = (-1.0, ContinuousClock.now)
    var pause: UInt32 = 500
    while wait4(child, &status, WNOHANG, &usage) == 0 {
      usleep(pause)
      pause = min(pause * 2, 50_000)
      let (time, isRunning) = Self.processorTime(of: child)
      if time != lastTime || isRunning { (lastTime, lastProgress) = (time, ContinuousClock.now) }
      if time > patience && !stopped {
        kill(child, SIGTERM)
        stopped = true
      }
      if time > patience * 5 {
        hang = "goes on after \(Int(time)) s of processor time, and after SIGTERM"
      } else if ContinuousClock.now - lastProgress > .seconds(Self.standstill) {
        hang = "waits for ever"
      }
      if hang != nil {
        kill(-child, SIGKILL)
        while wait4(child, &status, 0, &usage) < 0 && errno == EINTR {}
        break
      }
    }
    kill(-child, SIGKILL)  // whatever it may have started
    let ending = status & 0x7F
    self.init(
      code: ending == 0 ? (status >> 8) & 0xFF : nil, signal: ending, wasStopped: stopped, hang: hang,
      output: Self.text(outputPath), error: Self.text(errorPath), peakMemory: usage.ru_maxrss * 1024,
      seconds: (ContinuousClock.now - start) / .seconds(1))
  }

  private init(
    code: Int32?, signal: Int32, wasStopped: Bool, hang: String?, output: String, error: String,
    peakMemory: Int, seconds: Double
  ) {
    self.code = code
    self.signal = signal
    self.wasStopped = wasStopped
    self.hang = hang
    self.output = output
    self.error = error
    self.peakMemory = peakMemory
    self.seconds = seconds
  }

  private init(message: String) {
    self.init(
      code: 127, signal: 0, wasStopped: false, hang: nil, output: "", error: message, peakMemory: 0,
      seconds: 0)
  }

  private static func text(_ path: String) -> String {
    guard path != "/dev/full", let data = try? Data(contentsOf: URL(filePath: path)) else { return "" }
    return String(decoding: data.prefix(4_000_000), as: UTF8.self)
  }

  /// Seconds that a process has used of processors, and whether one of its threads wants one now.
  private static func processorTime(of process: pid_t) -> (Double, isRunning: Bool) {
    var buffer = [UInt8](repeating: 0, count: 4096)
    let file = open("/proc/\(process)/stat", O_RDONLY)
    guard file >= 0 else { return (0, true) }
    let count = max(read(file, &buffer, buffer.count), 0)
    close(file)
    // Behind the name in brackets: state, then 10 fields, then time in the program and in the kernel.
    let fields =
      String(decoding: buffer[..<count], as: UTF8.self).split(separator: ")").last?.split(separator: " ")
      ?? []
    guard fields.count > 12, let own = Double(fields[11]), let kernel = Double(fields[12]) else {
      return (0, true)
    }
    return ((own + kernel) / Double(sysconf(Int32(_SC_CLK_TCK))), fields[0] == "R")
  }
}
