import Foundation

/// What a program that a test ran said and how it ended.
public struct CommandResult: Sendable {
  public let status: Int32
  public let output: String
  public let errors: String

  /// The path of one of this package's binaries, which lie beside the test binary.
  public static func binary(_ name: String) -> String {
    var folder = URL(filePath: CommandLine.arguments[0]).deletingLastPathComponent()
    while folder.path.count > 1,
      !FileManager.default.isExecutableFile(atPath: folder.appending(path: name).path)
    {
      folder = folder.deletingLastPathComponent()
    }
    return folder.appending(path: name).path
  }

  /// Runs a program to its end, with a plain environment of PATH and HOME.
  public static func run(
    _ program: String, _ arguments: [String], environment: [String: String] = [:]
  ) throws -> CommandResult {
    let process = Process()
    process.executableURL = URL(filePath: program)
    process.arguments = arguments
    let inherited = ProcessInfo.processInfo.environment.filter {
      ["PATH", "HOME", "LD_LIBRARY_PATH"].contains($0.key)
    }
    process.environment = inherited.merging(environment) { _, new in new }
    // Files, not pipes: nothing can block, however much is said.
    let folder = try TemporaryFolder()
    for name in ["output", "errors"] {
      try Data().write(to: folder.url(name))
    }
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = try FileHandle(forWritingTo: folder.url("output"))
    process.standardError = try FileHandle(forWritingTo: folder.url("errors"))
    try process.run()
    process.waitUntilExit()
    return CommandResult(
      status: process.terminationStatus,
      output: String(decoding: try Data(contentsOf: folder.url("output")), as: UTF8.self),
      errors: String(decoding: try Data(contentsOf: folder.url("errors")), as: UTF8.self))
  }

  /// Whether all these programs are installed.
  public static func has(_ programs: String...) -> Bool {
    programs.allSatisfy { (try? run("/usr/bin/env", ["which", $0]))?.status == 0 }
  }

  /// Whether python3 has NumPy.
  public static var hasNumPy: Bool {
    (try? run("/usr/bin/env", ["python3", "-c", "import numpy"]))?.status == 0
  }
}
