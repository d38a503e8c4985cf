import Foundation
import Synchronization

/// Standard error as shared by log lines and a progress bar: a line clears the bar, is written, and the bar
/// comes back below it.
final class Terminal: Sendable {
  static let shared = Terminal()

  /// Whether a bar can be redrawn in place.
  let isInteractive: Bool
  /// Whether colours are wanted (https://no-color.org).
  let hasColours: Bool
  /// Whether block characters can be shown.
  let hasUnicode: Bool

  private let bar = Mutex<String>("")

  init(environment: [String: String] = ProcessInfo.processInfo.environment, descriptor: Int32 = STDERR_FILENO)
  {
    let term = environment["TERM"] ?? ""
    isInteractive = isatty(descriptor) == 1 && !term.isEmpty && term != "dumb"
    hasColours = isInteractive && (environment["NO_COLOR"] ?? "").isEmpty
    let locale =
      [environment["LC_ALL"], environment["LC_CTYPE"], environment["LANG"]]
      .compactMap { $0 }.first { !$0.isEmpty } ?? ""
    hasUnicode = locale.uppercased().contains("UTF-8") || locale.uppercased().contains("UTF8")
  }

  /// Columns of the terminal: COLUMNS if set, else what the terminal says, else 80.
  var columns: Int {
    if let text = ProcessInfo.processInfo.environment["COLUMNS"], let value = Int(text), value > 0 {
      return value
    }
    var size = winsize()
    return ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
  }

  /// Writes a line.
  func write(line: String) {
    bar.withLock { bar in
      Self.put(bar.isEmpty ? line + "\n" : "\r\u{1B}[K" + line + "\n" + bar)
    }
  }

  /// Draws a bar in place of the one before; an empty one removes it.
  func draw(bar text: String) {
    bar.withLock { bar in
      guard text != bar else { return }
      Self.put("\r\u{1B}[K" + text)
      bar = text
    }
  }

  /// Writes all bytes to stderr; a closed stderr is not an error.
  private static func put(_ text: String) {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { Foundation.write(STDERR_FILENO, $0.baseAddress, $0.count) }
      if count < 0 && errno == EINTR { continue }
      if count <= 0 { return }
      bytes = bytes.dropFirst(count)
    }
  }
}
