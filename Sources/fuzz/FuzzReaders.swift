import ArgumentParser
import Foundation
import Randomness

/// `fuzz readers`: readers of foreign files on broken ones.
struct FuzzReaders: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "readers",
    abstract: "Break files at random and read them.",
    discussion: """
      Takes files that are sound, changes them and reads each; a read must succeed or say what is wrong. An \
      input is written to OUT/input before it is read, so that a crash leaves it there; one that takes longer \
      than --slow is kept as OUT/slow-<number>. The same seed and files give the same inputs.

      Run it with limited memory, so that a reader that believes a number in a file is caught:
        (ulimit -v 4000000; fuzz readers torch --seconds 60 --corpus Tests/Fixtures/torch --out work/fuzz)
      """)

  @Argument(
    help: "What to read: torch, safetensors, npy, shard, png, jpeg, tar, csv, jsonl, tokenizer or merges.")
  var format: FuzzedFormat
  @Option(help: "How long to go on.") var seconds = 60
  @Option(help: "The seed of all changes.") var seed: UInt64 = 1
  @Option(help: "The folder of sound files; sub-folders are not looked at.") var corpus: String
  @Option(help: "The folder for inputs.") var out: String
  @Option(help: "Seconds after which an input is kept as slow.") var slow = 5.0

  func validate() throws {
    guard (1...1_000_000).contains(seconds), slow > 0, slow <= 1_000_000 else {
      throw ValidationError("--seconds and --slow must be above 0 and at most 1000000.")
    }
  }

  func run() throws {
    let files = try FileManager.default.contentsOfDirectory(atPath: corpus).sorted().filter { name in
      format.endings.contains { name.hasSuffix($0) }
    }
    let seeds = try files.map { [UInt8](try Data(contentsOf: URL(filePath: corpus + "/" + $0))) }
    guard !seeds.isEmpty else {
      throw ValidationError("\(corpus) has no files ending in \(format.endings.joined(separator: " or ")).")
    }
    try FileManager.default.createDirectory(atPath: out, withIntermediateDirectories: true)
    let input = URL(filePath: out + "/input")
    let clock = ContinuousClock()
    let end = clock.now + .seconds(seconds)
    var mutator = Mutator(seeds: seeds, seed: seed, repair: format.repair)
    var (count, sound) = (0, 0)
    // Sentences by their shape, to see which checks were reached.
    var sentences: [String: Int] = [:]
    while clock.now < end {
      let bytes = mutator.next()
      try Data(bytes).write(to: input)
      let start = clock.now
      do {
        try format.read(input.path)
        sound += 1
      } catch {
        let text = "\(error)".replacing(input.path, with: "").replacing(/[0-9]+/, with: "#")
        sentences[String(text.replacing(/'[^']*'/, with: "'…'").prefix(100)), default: 0] += 1
      }
      let taken = clock.now - start
      if taken > .seconds(slow) {
        try Data(bytes).write(to: URL(filePath: out + "/slow-\(count)"))
        print("slow-\(count) took \(taken)")
      }
      count += 1
    }
    for (text, times) in sentences.sorted(by: { ($1.value, $0.key) < ($0.value, $1.key) }) {
      print("\(times)\t\(text)")
    }
    print("\(format) seed \(seed): \(count) inputs, \(sound) read, \(sentences.count) kinds of refusal")
    try FileManager.default.removeItem(at: input)
  }
}
