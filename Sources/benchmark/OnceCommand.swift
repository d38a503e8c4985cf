import ArgumentParser
import Files
import Foundation
import Kernels
import StageKit

/// One work alone in a process: for profilers, and for the memory column of the table.
struct OnceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "once",
    abstract: "Do one work in a process of its own, for profilers.",
    discussion: """
      Prints the seconds of every repetition and the most memory that was resident.
      """)

  @Argument(help: "The work: \(Self.names).") var work: String
  @OptionGroup var sizes: WorkOptions
  @Option(help: "Precision.") var precision = Precision.float32
  @Option(help: "Repetitions, the first included.") var repetitions = 1
  @Option(help: "Threads.") var threads = ProcessInfo.processInfo.activeProcessorCount

  private static let names =
    "train, extract, extract-policy, random, random-one, random-guided, policy, policy-one, greedy, greedy-guided, "
    + "encode, decode, features"

  func validate() throws {
    try requireOption(repetitions, in: 1...MeasureOptions.mostRepetitions, "--repetitions")
    try requireOption(threads, in: 1...1024, "--threads")
  }

  func run() throws {
    Parallel.configure(threads: threads)
    guard let chosen = try sizes.works(precisions: [precision]).first(where: { $0.id == work }) else {
      throw ValidationError("there is no work '\(work)'; choose one of \(Self.names).")
    }
    try precision.require()
    let body = try chosen.prepare(precision)
    let seconds = try (0..<repetitions).map { _ in try Stopwatch.seconds(body) }
    let result: JSONValue = [
      "work": .string(work), "precision": .string(precision.rawValue),
      "seconds": .array(seconds.map(JSONValue.number)), "peak_bytes": .integer(ResidentMemory.peak),
    ]
    print(result.text)
  }

  /// The most memory of a work, measured in a new process that does it twice.
  static func peakBytes(_ work: Work, precision: Precision, sizes: WorkOptions, threads: Int) throws -> Int {
    let process = Process()
    let output = Pipe()
    process.executableURL = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
    process.arguments =
      ["once", work.id, "--precision", precision.rawValue, "--repetitions", "2", "--threads", "\(threads)"]
      + sizes.arguments
    process.standardOutput = output
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0, let bytes = try JSONValue(parsing: Array(data))["peak_bytes"]?.int
    else { throw StageError(.internal, "benchmark once \(work.id) failed.") }
    return bytes
  }
}
