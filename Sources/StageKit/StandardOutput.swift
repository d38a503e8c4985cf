// The C library's 'stdout' is a variable, which Swift would not let be read otherwise.
@preconcurrency import Foundation

/// Sees to it that results printed on stdout arrive: a program that could not print them must not end with 0.
public enum StandardOutput {
  /// Registers a check for the end of the program, whatever is printed by then and by whom: what stdout still
  /// keeps is written; if that or an earlier write failed, the program says so and ends with exit code 74.
  ///
  /// A reader that has enough, such as `head`, is no failure: then the program ends as SIGPIPE ends it.
  public static func watch() {
    atexit {
      let failedBefore = ferror(stdout) != 0
      let failed = fflush(stdout) != 0
      let code = errno
      guard failedBefore || failed else { return }
      if StandardOutput.hasNoReader {
        signal(SIGPIPE, SIG_DFL)
        raise(SIGPIPE)
      }
      let reason = failed ? String(cString: strerror(code)) : "a part of it could not be written"
      let program = URL(filePath: CommandLine.arguments.first ?? "").lastPathComponent
      let sentence =
        "\(program): Cannot write to the standard output: \(reason). Free some space or give it another place, "
        + "then run again.\n"
      FileHandle.standardError.write(Data(sentence.utf8))
      _exit(StageExit.inputOutput.rawValue)
    }
  }

  /// Whether stdout is a pipe that nobody reads any more.
  private static var hasNoReader: Bool {
    var state = pollfd(fd: STDOUT_FILENO, events: 0, revents: 0)
    return poll(&state, 1, 0) == 1 && state.revents & Int16(POLLERR) != 0
  }
}
