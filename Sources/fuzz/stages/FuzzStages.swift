import ArgumentParser
import Foundation

/// `fuzz stages`: the programs on command lines, settings and models that nobody meant.
struct FuzzStages: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "stages",
    abstract: "Start the programs over and over with command lines and settings that are wrong.",
    discussion: """
      Copies a finished run of the preset smoke or captions into OUT/work and runs commands there: sound ones with \
      options left out, repeated and exchanged, with odd values and files, with changed settings, with models whose \
      facts are changed, and with captions, pages and answers whose bytes are. Every command must end by itself \
      or when it is asked to, within its memory, with a documented exit code and one sentence that names a file, \
      and must not change a file that it was not asked to write. What does not is printed once, with the command that shows it again; the files it needs are kept \
      in OUT/finding-<number>. Command number n depends on the seed and n alone.

      EXAMPLE:
        make smoke
        fuzz stages --run work/smoke --binaries bin --out work/fuzz-stages --seconds 600
      """)

  @Option(name: .customLong("run"), help: "A finished run of the preset smoke or captions; it is copied.")
  var finished: String
  @Option(help: "The folder of the seven programs.") var binaries: String
  @Option(help: "The folder to work in; what an earlier call left there is deleted.") var out: String
  @Option(help: "How long to go on.") var seconds = 60
  @Option(help: "The seed of all commands.") var seed: UInt64 = 1
  @Option(help: "Number of the first command.") var from = 0
  @Option(help: "How many commands at most (default: as many as there is time for).") var count: Int?
  @Option(help: "Seconds of processor time after which a command is asked to stop.") var patience = 5.0
  @Option(help: "Megabytes of address space that a command may have.") var limit = 3000
  @Option(help: "Megabytes of memory from which a command is reported.") var memory = 1000

  func validate() throws {
    if seconds < 1 || !(patience > 0) || from < 0 || limit < 100 || memory < 1
      || count.map({ $0 < 1 }) == true
    {
      throw ValidationError("Times, counts and limits must be positive.")
    }
  }

  func run() throws {
    let sandbox = try Sandbox(out, run: finished, binaries: binaries, patience: patience)
    try OddFiles.make()
    // Children inherit these: no core files, limited memory and files, and a full disk is an error, not a signal.
    var core = rlimit(rlim_cur: 0, rlim_max: 0)
    var space = rlimit(rlim_cur: rlim_t(limit) << 20, rlim_max: rlim_t(limit) << 20)
    var size = rlimit(rlim_cur: 200 << 20, rlim_max: 200 << 20)
    setrlimit(__rlimit_resource_t(4), &core)  // RLIMIT_CORE
    setrlimit(__rlimit_resource_t(9), &space)  // RLIMIT_AS
    setrlimit(__rlimit_resource_t(1), &size)  // RLIMIT_FSIZE
    signal(SIGXFSZ, SIG_IGN)

    var report = StageReport(sandbox: sandbox, judge: Judge(memory: memory << 20))
    let commands = try soundCommands(sandbox, &report)
    let programs = Set(commands.map(\.program)).sorted()
    let mutator = CommandMutator(
      seed: seed, commands: commands, options: try KnownOptions(programs, sandbox), paths: sandbox.names)
    let end = ContinuousClock.now + .seconds(seconds)
    var index = from
    while ContinuousClock.now < end && count.map({ index < from + $0 }) != false {
      let command = try mutator.command(index)
      try report.judge(command, number: index)
      index += 1
    }
    report.printSummary(seed: seed, commands: from..<index)
  }

  /// The sound commands that this run has the files for. One that fails is a finding too.
  private func soundCommands(_ sandbox: Sandbox, _ report: inout StageReport) throws -> [Invocation] {
    try sandbox.seal()
    let isOfCaptions = OddFiles.isOfCaptions
    let preparation = isOfCaptions ? SoundCommands.preparationOfCaptions : SoundCommands.preparation
    for command in preparation + SoundCommands.preparationOfBoth {
      let outcome = sandbox.run(command.program, command.words)
      if outcome.code != 0 {
        throw SandboxError("\(command.program) \(command.words.joined(separator: " ")): \(outcome.error)")
      }
    }
    try PreferenceStudyFile.answer()
    try sandbox.seal()
    var sound: [Invocation] = []
    for command in (isOfCaptions ? SoundCommands.ofCaptions : SoundCommands.all) + SoundCommands.ofBoth {
      let outcome = sandbox.run(command.program, command.words)
      _ = try sandbox.restored()
      let isGood = outcome.code == 0 || (command.name == "shard diff" && outcome.code == 1)
      if isGood { sound.append(command) } else { report.tellOfFailure(command, outcome) }
    }
    guard !sound.isEmpty else { throw SandboxError("No sound command succeeds: see above.") }
    return sound
  }
}
