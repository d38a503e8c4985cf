import ArgumentParser

/// `fuzz`: readers of foreign files on broken ones, and stages on command lines and settings that nobody meant.
@main struct Fuzz: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Break files, command lines and settings at random, and see what the programs say.",
    discussion: "pipeline/FUZZING.md explains both and says what they found.",
    subcommands: [FuzzReaders.self, FuzzStages.self], defaultSubcommand: FuzzReaders.self)
}
