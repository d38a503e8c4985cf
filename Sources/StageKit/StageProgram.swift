import ArgumentParser

/// A command with `--config` whose settings can be checked by themselves.
public protocol ConfiguredCommand: ParsableCommand {
  /// Reads the configuration and checks it as a run does before it opens any other input.
  ///
  /// - Throws: what a run would throw, such as `ConfigurationError` (exit code 78).
  static func checkSettings(_ path: String) throws
}

/// The option `--check-settings`.
///
/// `runStageProgram` looks at it before anything else is parsed, so that it needs none of the options that a run does.
public struct SettingsCheckOption: ParsableArguments, Sendable {
  @Flag(help: "Check the settings of --config and stop; no other option is needed.")
  public var checkSettings = false

  public init() {}
}

/// What is read of a command line with `--check-settings`.
private struct SettingsCheck: ParsableArguments {
  @Option var config: String
  @OptionGroup var check: SettingsCheckOption
  @OptionGroup var options: StageOptions
  /// The other options of the command, which a check does not look at.
  @Argument(parsing: .allUnrecognized) var others: [String] = []
}

/// The entry point of a stage's program: the command of the command line, or with `--check-settings` only the check
/// of its configuration.
public func runStageProgram(_ program: (some ParsableCommand).Type) {
  StandardOutput.watch()
  let arguments = Array(CommandLine.arguments.dropFirst())
  // A line that is not understood is left to the program, which says what is wrong with it.
  guard arguments.contains("--check-settings"), !arguments.contains("--help"), !arguments.contains("-h"),
    let (command, rest) = configuredCommand(program, arguments), let check = try? SettingsCheck.parse(rest)
  else { return program.main(arguments) }
  do {
    try runStage(program._commandName, check.options) { _ in try command.checkSettings(check.config) }
  } catch { program.exit(withError: error) }
}

/// The command that a command line means, and the line without its name and those of the commands around it.
private func configuredCommand(
  _ program: any ParsableCommand.Type, _ arguments: [String]
) -> (any ConfiguredCommand.Type, [String])? {
  if let command = program as? any ConfiguredCommand.Type { return (command, arguments) }
  let commands = program.configuration.subcommands
  for (index, word) in arguments.enumerated() {
    guard let command = commands.first(where: { $0._commandName == word }) else { continue }
    var rest = arguments
    rest.remove(at: index)
    return configuredCommand(command, rest)
  }
  return (program.configuration.defaultSubcommand as? any ConfiguredCommand.Type).map { ($0, arguments) }
}
