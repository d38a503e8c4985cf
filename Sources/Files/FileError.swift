/// What can be wrong with a file before anyone looks at what is in it.
public enum FileError: StageFailure, Equatable {
  /// There is no such file.
  case missing(path: String)
  /// The operating system refused; `code` is `errno`.
  case io(path: String, operation: String, code: Int32)
  /// A pipe, a socket or a device where a regular file should be.
  case special(path: String, found: String)
  /// A file larger than anything that is read whole.
  case oversized(path: String, found: Int, limit: Int)

  public var exitCode: Int32 {
    switch self {
    case .missing: 66
    case .io, .special: 74
    case .oversized: 65
    }
  }

  public var description: String {
    switch self {
    case .missing(let path):
      path.isEmpty
        ? "'' is no path: it is empty. Give the path of a file."
        : "\(path) does not exist. Run '\(makeCommand(producing: path))' to produce it, or correct the path."
    case .io(let path, let operation, let code):
      "Cannot \(operation) \(path.isEmpty ? "''" : path): \(SystemMessage.reason(code)). \(SystemMessage.advice(code))"
    case .special(let path, let found):
      "\(path) is \(found), expected a regular file. Write what it gives to a file first, or correct the path."
    case .oversized(let path, let found, let limit):
      "\(path) has \(grouped(found)) bytes, expected at most \(grouped(limit)). Correct the path."
    }
  }
}

/// The command that makes a file of a run folder, told from its name.
package func makeCommand(producing path: String) -> String {
  let name = path.split(separator: "/").last ?? ""
  if name.hasPrefix("tokens-") { return "make tokens" }
  if name.hasPrefix("orders-") { return "make orders" }
  return "make all"
}

/// A count with commas between its thousands: 66560 becomes "66,560".
public func grouped(_ value: Int) -> String {
  let digits = String(value.magnitude)
  var result = ""
  for (index, digit) in digits.enumerated() {
    if index > 0, (digits.count - index) % 3 == 0 { result.append(",") }
    result.append(digit)
  }
  return value < 0 ? "-" + result : result
}
