import ArgumentParser
import Files
import Foundation

/// What the stages' exit codes mean. pipeline/RUNNING.md shows the same table.
public enum StageExit: Int32, Sendable, CaseIterable {
  case done = 0
  case usage = 64
  case badData = 65
  case missingInput = 66
  case `internal` = 70
  case inputOutput = 74
  case interrupted = 75
  case configuration = 78

  /// One line for `--help` and pipeline/RUNNING.md.
  public var meaning: String {
    switch self {
    case .done: "done, or nothing to do"
    case .usage: "wrong command line"
    case .badData: "bad data: damaged or of the wrong kind"
    case .missingInput: "missing input"
    case .internal: "internal error"
    case .inputOutput: "input or output failed, such as a full disk"
    case .interrupted: "interrupted or locked; the same command continues"
    case .configuration: "bad or changed configuration"
    }
  }

  /// The table at the end of every stage's `--help`, in 80 columns.
  public static var help: String {
    let lines = allCases.map { "  \($0.rawValue < 10 ? " " : "")\($0.rawValue)  \($0.meaning)" }
    return "EXIT CODES:\n" + lines.joined(separator: "\n")
  }
}

/// A failure with its exit code and a full sentence, for what no module's own error covers.
public struct StageError: StageFailure, Equatable {
  public let exit: StageExit
  public let description: String

  public init(_ exit: StageExit, _ description: String) {
    self.exit = exit
    self.description = description
  }

  public var exitCode: Int32 { exit.rawValue }

  /// The code for any error: a `StageFailure`'s own, 65 for an error that describes itself, 74 for what the
  /// file system says through Foundation, 70 for the rest.
  public static func exitCode(of error: any Error) -> Int32 {
    if let failure = error as? any StageFailure { return failure.exitCode }
    if let code = error as? ExitCode { return code.rawValue }
    if error is CocoaError || type(of: error) == NSError.self { return StageExit.inputOutput.rawValue }
    let describesItself = type(of: error) is any CustomStringConvertible.Type
    return (describesItself ? StageExit.badData : StageExit.internal).rawValue
  }

  /// The sentence of any error. Foundation's errors describe themselves in a form that is not for users, and often
  /// without the path that they hold.
  public static func sentence(of error: any Error) -> String {
    guard !(error is any StageFailure), error is CocoaError || type(of: error) == NSError.self else {
      // A name may hold a line break; a sentence is a line.
      return "\(error)".replacing("\n", with: "\\n")
    }
    let facts = (error as NSError).userInfo
    let path = (facts[NSFilePathErrorKey] as? String) ?? (facts[NSURLErrorKey] as? URL)?.path ?? "a file"
    guard let code = systemCode(of: error as NSError) else {
      return "Cannot read or write \(path). \(SystemMessage.advice(0))"
    }
    return "Cannot read or write \(path): \(SystemMessage.reason(code)). \(SystemMessage.advice(code))"
  }

  /// The `errno` behind an error of Foundation, which keeps it in several ways, or only in a code of its own.
  private static func systemCode(of error: NSError) -> Int32? {
    if let cause = error.userInfo[NSUnderlyingErrorKey] as? any Error {
      if let cause = cause as? POSIXError { return cause.code.rawValue }
      let cause = cause as NSError
      if cause.domain == NSPOSIXErrorDomain { return Int32(cause.code) }
    }
    return switch CocoaError.Code(rawValue: error.code) {
    case .fileNoSuchFile, .fileReadNoSuchFile: ENOENT
    case .fileReadNoPermission, .fileWriteNoPermission: EACCES
    case .fileWriteFileExists: EEXIST
    case .fileWriteOutOfSpace: ENOSPC
    case .fileWriteVolumeReadOnly: EROFS
    default: nil
    }
  }
}
