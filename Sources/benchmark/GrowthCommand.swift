import ArgumentParser
import CHeap
import Files
import Foundation
import Kernels
import Reporting
import StageKit
import Training

/// How much the heap grows while training goes on.
struct GrowthCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "growth",
    abstract: "Measure how much the heap grows over training steps.",
    discussion: """
      After a warm-up the allocator is asked how much it has handed out, then
      again at intervals. Growth is the last number less the first. glibc only.
      """)

  @OptionGroup var model: RandomModelOptions
  @Option(help: "Images of a step.") var batch = 16
  @Option(help: "Steps before the first look.") var warmUp = 100
  @Option(help: "Steps after it.") var steps = 1000
  @OptionGroup var engine: EngineOptions
  @OptionGroup var output: OutputOptions

  private static let intervals = 10

  func validate() throws {
    try requireOption(batch, in: 1...65_536, "--batch")
    try requireOption(warmUp, in: 0...1_000_000, "--warm-up")
    try requireOption(steps, in: 1...1_000_000, "--steps")
  }

  func run() throws {
    guard heap_now().held > 0 else { throw ValidationError("this C library does not tell its heap.") }
    engine.configureThreads()
    let results = try engine.precisions.map { ($0, try looks($0)) }
    var table = MarkdownTable(["precision", "in use before", "growth in use", "growth held", "bytes a step"])
    for (precision, looks) in results {
      guard let first = looks.first, let last = looks.last else { continue }
      let growth = last.inUse - first.inUse
      table.add([
        precision.rawValue, Format.count(first.inUse), Format.count(growth),
        Format.count(last.held - first.held),
        Format.significant(Double(growth) / Double(max(steps, 1))),
      ])
    }
    let notes = """

      - Bytes on the heap after \(Format.count(warmUp)) training steps, and what \(Format.count(steps)) more added.
      - Model: \(try model.configuration().summary), batch \(batch).

      """
    try output.publish(
      table.text + notes,
      .object(
        Dictionary(
          uniqueKeysWithValues: results.map { precision, looks in
            (precision.rawValue, JSONValue.array(looks.map(\.json)))
          })))
  }

  private struct Look {
    let step: Int
    let inUse: Int
    let held: Int
    var json: JSONValue {
      ["step": .integer(step), "in_use_bytes": .integer(inUse), "held_bytes": .integer(held)]
    }
  }

  /// The heap after the warm-up and after every tenth of the steps.
  private func looks(_ precision: Precision) throws -> [Look] {
    let random = RandomModel(try model.configuration())
    let data = random.dataset(batch * 8)
    let trainer = AnyOrderTrainer(
      model: random.transformer,
      settings: TrainingSettings(objective: .random, steps: 2_000_000, batch: batch, learningRate: 1e-5),
      data: data, precision: precision)
    var found: [Look] = []
    found.reserveCapacity(Self.intervals + 1)
    for step in 0...(warmUp + steps) {
      if step >= warmUp, (step - warmUp) % max(steps / Self.intervals, 1) == 0 {
        let heap = heap_now()
        found.append(Look(step: step, inUse: Int(heap.in_use), held: Int(heap.held)))
      }
      if step < warmUp + steps { _ = trainer.takeStep() }
    }
    return found
  }
}
