import ArgumentParser
import EngineKit
import Foundation
import Inspection
import Models
import Orders
import Shards
import StageKit
import Weights

/// `shard trial`: what lazy extraction would save, and what it would cost.
struct Trial: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Try settings of lazy extraction on some images: speed against agreement.",
    discussion: """
      Extracts the orders of the first images of a token shard exactly and with each setting, in turn \
      batch by batch, so that a busy machine slows all alike. Prints a table in Markdown: queries an image \
      takes; medians over batches of images/s and of the speed-up; how often a lazy step takes the location that \
      the exact rule would take in the same context; Kendall's tau with the exact orders and its spread \
      between images; the share of steps with the same location; bits a token along the orders, and by how \
      much more than along the exact ones (± standard error). 'refresh' and 'candidates' of a preset's \
      section 'orders' then choose a setting.

      EXAMPLE:
        shard trial --model work/fashion/anyorder/model.shard \\
          --tokens work/fashion/tokens/train/tokens-00000-of-00008.shard \\
          --lazy 8:8 --lazy 4:8
      """)

  @Option(help: "Weights shard of the any-order model.") var model: String
  @Option(help: "Token shard to take images from.") var tokens: String
  @Option(
    help: "A setting to try: refresh:candidates. May be repeated.")
  var lazy: [LazySetting] = [(8, 8), (8, 4), (4, 8), (8, 16), (16, 8), (4, 4), (4, 2)].map(LazySetting.init)
  @Option(help: "Images to extract.") var images = 300
  @Option(help: "Images extracted together.") var batch = 50
  @Option(help: "How often everything is timed.") var repetitions = 3
  @Option(help: "Threads to compute with (default: all cores).") var threads: Int?
  @Flag(help: "Print JSON.") var json = false

  func validate() throws {
    try requireOption(images, in: 1...1_000_000, "--images")
    try requireOption(batch, in: 1...65_536, "--batch")
    try requireOption(repetitions, in: 1...10_000, "--repetitions")
    try ThreadCount.validate(threads)
  }

  func run() throws {
    try runWorkbench {
      ThreadCount.configure(threads)
      let file = try TransformerFile(reading: model)
      let table = try TokenTable(reading: tokens)
      try file.check(tokens: table, path: model)
      let count = min(images, table.count)
      var trial = ExtractionTrial(
        settings: lazy.map(\.laziness), locations: table.tokensPerImage, repetitions: repetitions)
      let extractor = GreedyOrderExtractor(model: file.model, batch: min(batch, count))
      for start in stride(from: 0, to: count, by: batch) {
        let part = start..<min(start + batch, count)
        trial.run(
          extractor, tokens: part.map { table.tokens(of: $0) },
          conditions: part.map { .label(Int(table.labels[$0])) })
        note("\(part.upperBound) of \(count) images")
      }
      print(try json ? finiteText(trial.json) : trial.markdown)
    }
  }

  private func note(_ text: String) { FileHandle.standardError.write(Data("shard: \(text)\n".utf8)) }
}

/// A setting of lazy extraction on the command line: "8:4" is refresh 8 with 4 candidates.
struct LazySetting: ExpressibleByArgument {
  let laziness: Laziness

  init(_ refresh: Int, _ candidates: Int) {
    laziness = Laziness(refresh: refresh, candidates: candidates)
  }

  init?(argument: String) {
    let numbers = argument.split(separator: ":", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
    guard numbers.count == 2, numbers.allSatisfy({ (1...SizeLimits.locations).contains($0) })
    else { return nil }
    self.init(numbers[0], numbers[1])
  }

  var defaultValueDescription: String { "\(laziness.refresh):\(laziness.candidates)" }
}
