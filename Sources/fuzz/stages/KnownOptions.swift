import Files
import Foundation

/// The options of every command, as the programs themselves tell of them.
struct KnownOptions {
  struct Option: Equatable {
    let name: String
    let isFlag: Bool
    /// What it may be, where the program lists it.
    let values: [String]
  }

  /// Options by command, such as `sample inpaint`.
  private(set) var options: [String: [Option]] = [:]

  /// Asks some programs.
  init(_ programs: [String], _ sandbox: Sandbox) throws {
    for program in programs {
      let output = sandbox.run(program, ["--experimental-dump-help"]).output
      guard let command = try JSONValue(parsing: Array(output.utf8))["command"] else { continue }
      collect(command, program)
    }
  }

  private mutating func collect(_ command: JSONValue, _ name: String) {
    options[name] = (command["arguments"]?.array ?? []).compactMap { argument in
      guard let long = argument["names"]?.array?.first(where: { $0["kind"]?.string == "long" }),
        let text = long["name"]?.string, text != "help"
      else { return nil }
      return Option(
        name: "--" + text, isFlag: argument["kind"]?.string == "flag",
        values: argument["allValues"]?.strings ?? [])
    }
    for subcommand in command["subcommands"]?.array ?? [] {
      if let child = subcommand["commandName"]?.string, child != "help" {
        collect(subcommand, name + " " + child)
      }
    }
  }

  /// Those of a command; of a program that has a default subcommand, that one's.
  func of(_ invocation: Invocation) -> [Option] {
    let own = options[invocation.name] ?? []
    return own.count > 1 ? own : options[invocation.name + " generate"] ?? own
  }
}
