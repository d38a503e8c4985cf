import EngineKit
import Kernels
import Models
import Orders
import Shards
import StageKit
import Weights

/// The work of the stage: a table of tokens in, an order for each image out.
struct Extraction {
  let stage: StageRun
  let file: TransformerFile
  /// Chooses in place of the model.
  let policy: AnyOrderTransformer?
  let table: TokenTable
  /// Places of the images that are ordered, ascending.
  let images: [Int]
  let batch: Int
  let laziness: Laziness
  let rule: LocationRule
  let precision: Precision
  /// What each image is drawn from.
  let conditions: [Condition]

  /// The largest difference in log-likelihood per token that rounding explains. In bfloat16 up to 0.065 was met, at
  /// codes that the model thought very unlikely; a mistake in the cache shows as several nats.
  private var tolerance: Float { precision == .float32 ? 1e-3 : 0.25 }

  /// - Parameters:
  ///   - verify: checks every order, and therefore begins with the first image.
  ///   - nothing: a table without records.
  ///   - shard: takes the orders; what an earlier run made of it is continued.
  /// - Throws: exit code 75 on a stop request; exit code 70 when `verify` finds a difference.
  func run(
    label: String, verify: Bool, from nothing: OrderTable, into shard: inout PartialShard<OrderTable>
  ) throws {
    let sampleIDs = images.map { table.sampleIDs[$0] }
    let done = try shard.resume(of: images.count, unit: "images", isContinued: !verify) {
      $0.sampleIDs[...] == sampleIDs.prefix($0.count)
    }
    let extractor =
      policy == nil
      ? GreedyOrderExtractor(model: file.model, rule: rule, batch: batch, precision: precision) : nil
    let ordering = policy.map { PolicyOrderExtractor(policy: $0, batch: batch, precision: precision) }
    let pass = verify ? AnyOrderPass(model: file.model, training: false, precision: precision) : nil
    let progress = Progress(
      label, total: images.count, done: done, unit: "images", log: stage.log, options: stage.options)
    var worst: Float = 0
    for start in stride(from: done, to: images.count, by: batch) {
      let part = images[start..<min(start + batch, images.count)]
      let (codes, drawnFrom) = (part.map { table.tokens(of: $0) }, part.map { conditions[$0] })
      var made = nothing
      made.sampleIDs += part.map { table.sampleIDs[$0] }
      var found: [(order: [Int], confidence: [Float])] = []
      if let chosen = ordering?.extract(tokens: codes, conditions: drawnFrom) {
        found = chosen.map { ($0.order, $0.confidence) }
      } else if let extracted = extractor?.extract(
        tokens: codes, conditions: drawnFrom, laziness: laziness)
      {
        if let pass { worst = max(worst, try difference(extracted, images: part, pass: pass)) }
        found = extracted.map { ($0.order, $0.confidence) }
      }
      made.orders += found.flatMap { $0.order.map(UInt16.init) }
      made.confidences += found.flatMap(\.confidence)
      progress.advance(by: part.count)
      try shard.add(made)
    }
    progress.finish()
    if verify {
      stage.log.info(
        .note,
        "Verified \(images.count) orders: log-likelihoods differ from a teacher-forced pass by \(worst) nats at most"
      )
    }
  }

  /// The largest difference between the log-likelihoods met during extraction and those of one ordinary pass.
  private func difference(
    _ results: [GreedyOrderExtractor.Result], images: ArraySlice<Int>, pass: AnyOrderPass
  ) throws -> Float {
    let losses = pass.losses(
      of: AnyOrderBatch(
        tokens: images.flatMap { table.tokens(of: $0) },
        conditions: images.map { conditions[$0] },
        orders: results.flatMap(\.order)))
    let differences = zip(results.flatMap(\.logLikelihood), losses).map { abs($0 + $1) }
    // No number is below or above NaN, so that a maximum would pass over it.
    let worst = differences.first { !$0.isFinite } ?? differences.max() ?? 0
    guard worst <= tolerance else {
      throw StageError(
        .internal,
        "The extraction of the \(images.count) images from \(images.first ?? 0) on disagrees with a teacher-forced pass "
          + "by \(worst) nats: expected at most \(tolerance). Please report this with the output of 'lscpu'.")
    }
    return worst
  }
}
