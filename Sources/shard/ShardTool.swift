import ArgumentParser
import Files
import Foundation
import StageKit

/// `shard`, the workbench for everything that stages hand to each other.
@main struct ShardTool: ParsableCommand {
  static func main() {
    StandardOutput.watch()
    main(nil)
  }

  static let configuration = CommandConfiguration(
    commandName: "shard",
    abstract: "Look at, check, compare and convert shard files.",
    discussion: """
      Shards hold tokens, orders, samples, features, weights and captions; pipeline/SHARDS.md is their \
      format. Results go to stdout, messages to stderr.

      EXAMPLES:
        shard inspect work/fashion-mini/orders
        shard cat work/fashion-mini/orders/orders-00000-of-00008.shard --count 3
        shard diff work/a/orders work/b/orders

      \(StageExit.help)
      'shard diff' ends with 1 when it finds a difference.
      """,
    version: "shard format 1.0",
    subcommands: [
      Inspect.self, Verify.self, Cat.self, Render.self, Diff.self, Agreement.self, Trial.self, Export.self,
      Import.self, RandomWeights.self,
    ])
}

/// Runs a command's work and turns what it throws into one sentence on stderr and an exit code.
func runWorkbench(_ work: () throws -> Void) throws {
  do { try work() } catch {
    if error is ExitCode || error is CleanExit || error is ValidationError { throw error }
    complain(error)
    throw ExitCode(StageError.exitCode(of: error))
  }
}

/// Checks a file that a command is asked to write; see `OutputTarget`.
func check(
  _ path: String, _ content: OutputTarget.Content, inputs: [String?], stage: String = "shard"
) throws { try OutputTarget(path, content, stage: stage).check(inputs: inputs) }

/// The text of a result in JSON.
/// - Throws: exit code 70 for a number that is not finite, which JSON cannot hold.
func finiteText(_ value: JSONValue) throws -> String {
  if let place = value.nonFinitePath {
    throw StageError(
      .internal,
      "The result has no finite number at '\(place)'. Check the model and the shards with 'shard verify'."
    )
  }
  return value.prettyText
}

/// Says on stderr what went wrong.
func complain(_ error: any Error) {
  FileHandle.standardError.write(Data("shard: \(StageError.sentence(of: error))\n".utf8))
}
