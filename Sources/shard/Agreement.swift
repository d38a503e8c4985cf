import ArgumentParser
import EngineKit
import Foundation
import Inspection
import Kernels
import Shards
import StageKit
import Training
import Weights

/// `shard agreement`: how far two extractions of the same tokens agree.
struct Agreement: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Say how far two sets of orders of the same images agree.",
    discussion: """
      Compares order shards of the same tokens, such as exact and lazily extracted ones: Kendall's tau \
      (1: equal, 0: unrelated, -1: reversed) and the share of steps at which both have the same location. \
      With --tokens and --model also the likelihood along either order, in bits a token.

      EXAMPLES:
        shard agreement work/a/orders work/b/orders
        shard agreement work/a/orders work/b/orders --tokens work/a/tokens/train \\
          --model work/a/anyorder/model.shard
      """)

  @Argument(help: "Orders: a shard or a folder.") var first: String
  @Argument(help: "The orders to compare them with.") var second: String
  @Option(help: "The token shards that the orders belong to: a file or a folder.") var tokens: String?
  @Option(help: "The weights shard of the model whose likelihoods are compared.") var model: String?
  @Option(help: "Threads to compute with (default: all cores).") var threads: Int?
  @Flag(help: "Print JSON.") var json = false

  func validate() throws {
    if (tokens == nil) != (model == nil) {
      throw ValidationError("Likelihoods need both --tokens and --model.")
    }
    try ThreadCount.validate(threads)
  }

  func run() throws {
    try runWorkbench {
      ThreadCount.configure(threads)
      let file = try model.map { try TransformerFile(reading: $0) }
      let source = tokens.map(TokenSource.init)
      var summary = AgreementSummary()
      for (left, right) in try ShardFolder.pairs(first, second) {
        let (one, other) = (try OrderTable(reading: left), try OrderTable(reading: right))
        guard one.tokensContentID == other.tokensContentID, one.sampleIDs == other.sampleIDs,
          one.gridHeight == other.gridHeight, one.gridWidth == other.gridWidth
        else {
          throw ShardError.mismatch(
            path: right, expected: "orders of the images and tokens of \(left)",
            found: "orders of the tokens \(short(other.tokensContentID))")
        }
        summary.add(one, other)
        if let file, let source, let model {
          let table = try source.table(of: one, path: left).table
          try file.check(tokens: table, path: model)
          let likelihood = OrderLikelihood(file: file, table: table)
          summary.add(bits: likelihood.bits(along: one), likelihood.bits(along: other))
        }
      }
      if json { return print(try finiteText(summary.json)) }
      var page = TextPage()
      summary.describe(on: &page, first, second)
      print(page.text.dropLast())
    }
  }
}

/// Likelihoods of tokenised images along their orders.
struct OrderLikelihood {
  let file: TransformerFile
  let table: TokenTable

  /// Bits per token of every image.
  func bits(along orders: OrderTable) -> [Double] {
    let data = TokenDataset(
      sampleIDs: table.sampleIDs, labels: table.labels, tokens: table.tokens,
      orders: orders.orders, locations: table.tokensPerImage)
    return Likelihood(model: file.model).bitsPerToken(of: 0..<data.count, in: data, afterEach: { _ in }) {
      data.order(of: $0)
    }
  }
}

/// The option `--threads` of commands that compute.
enum ThreadCount {
  static func validate(_ threads: Int?) throws {
    try requireOption(threads, in: 1...1024, "--threads")
  }

  /// Sets up the engine with so many threads, or with all cores.
  static func configure(_ threads: Int?) {
    Parallel.configure(threads: threads ?? max(1, ProcessInfo.processInfo.activeProcessorCount))
  }
}
