import EngineKit
import Foundation
import Models
import Orders
import Shards
import TestSupport
import Testing
import Training
import Weights

/// What a model in training is looked at for, on forty images of a grid of 2×3: more than are decoded together.
struct TrainingLooksTests {
  private let heldOut: TokenFolder
  private let validation: TokenDataset
  private let file: TransformerFile
  private let run: TokenRun

  init() throws { try self.init(captioned: false) }

  /// - Parameter captioned: whether the model is one of captions, of which every third image has none.
  private init(captioned: Bool) throws {
    let ids = (0..<40).map { UInt64($0 + 100) }
    var table = TokenRun.tokens(ids, labels: ids.map { UInt32($0 % 3) })
    if captioned {
      var captions = TokenTable.Captions(length: 2, vocabularySize: 50, tokenizer: "text")
      for id in ids {
        let isCaptioned = id % 3 != 0
        captions.append(isCaptioned ? [[UInt16(id - 99), 0]] : [], isCaptioned ? ["image \(id)"] : [])
      }
      table.captions = captions
    }
    run = try TokenRun()
    _ = try run.write([table], "tokens")
    heldOut = try TokenFolder(run.folder.path, role: "validation", split: "train")
    let sizes = AnyOrderConfiguration(
      width: 8, layers: 1, heads: 2, hidden: 12, codes: 16, classes: captioned ? 0 : 3,
      text: captioned ? heldOut.text : nil, positions: captioned ? .doubleRelative : .tokens, gridHeight: 2,
      gridWidth: 3)
    let model = AnyOrderTransformer(configuration: sizes)
    file = TransformerFile(
      model: model, codebook: "book", classNames: [], textTokenizer: captioned ? "text" : "")
    validation = heldOut.conditioned(heldOut.data, on: sizes.text)
    fill(scale: 2)
  }

  /// Weights that follow from their names, so that orders and images differ.
  private func fill(scale: Double) {
    for parameter in file.model.parameters {
      let seed = FormulaWeights.seed(parameter.name)
      for index in 0..<parameter.value.count {
        parameter.value.pointer[index] = Float((FormulaWeights.uniform(seed, index) - 0.5) * scale)
      }
    }
  }

  private func looks(orders: Int? = nil, samples: Int? = nil, seed: UInt64 = 3) -> TrainingLooks {
    TrainingLooks(
      file,
      settings: TrainingSettings(
        objective: .random, steps: 9, batch: 4, learningRate: 1e-3, seed: seed, validateOrders: orders,
        validateSamples: samples), precision: .float32, validation: validation, heldOut: heldOut)
  }

  @Test(arguments: [1, 7, 40]) func `the distance is the mean over the orders of the first images`(count: Int)
  {
    let extractor = GreedyOrderExtractor(model: file.model, batch: 1)
    let orders = (0..<count).map { image in
      extractor.extract(
        tokens: [validation.codes(of: image)], conditions: [validation.condition(of: image)])[0].order
    }
    #expect(count == 1 || Set(orders).count > 1)
    let sum = orders.reduce(0) { $0 + GenerationOrder.meanStepDistance($1, gridWidth: 3) }
    #expect(looks(orders: count).greedyStepDistance() == sum / Double(count))
    // Images that go in two batches: the second is not the beginning of the first.
    let distances = orders.map { GenerationOrder.meanStepDistance($0, gridWidth: 3) }
    #expect(count < 40 || distances[32...].reduce(0, +) != distances[..<8].reduce(0, +))
    // There are no more images than these.
    if count == 40 { #expect(looks(orders: 1000).greedyStepDistance() == sum / 40) }
  }

  @Test func `nothing is asked for, nothing is done`() {
    for none in [nil, 0] as [Int?] {
      let looks = looks(orders: none, samples: none)
      #expect(!looks.hasOrders && looks.greedyStepDistance() == nil && looks.draw(after: 1) == nil)
    }
    var settings = TrainingSettings(objective: .random, steps: 9, batch: 4, learningRate: 1e-3)
    #expect(TrainingLooks.sequences(settings, heldOut: 40) == 0)
    (settings.validateOrders, settings.validateSamples) = (20, 6)
    #expect(TrainingLooks.sequences(settings, heldOut: 40) == 20)
    #expect(TrainingLooks.sequences(settings, heldOut: 5) == 6)
    settings.validateSamples = 1000
    #expect(TrainingLooks.sequences(settings, heldOut: 5) == 32)
  }

  @Test func `classes take turns, and an image does not depend on those beside it`() throws {
    let table = try #require(looks(samples: 40).draw(after: 7))
    #expect(table.sampleIDs == Array(0..<40) && table.labels == (0..<40).map { $0 % 3 })
    #expect(table.step == 7 && table.codebook == "book" && table.classNames == ["a", "b", "c"])
    #expect(table.texts == nil)
    let few = try #require(looks(samples: 4).draw(after: 8))
    #expect(few.tokens == Array(table.tokens.prefix(24)) && few.orders == Array(table.orders.prefix(24)))
    // Images of one class differ, and their orders too.
    func row(_ values: [UInt16], _ image: Int) -> ArraySlice<UInt16> { values[image * 6..<(image + 1) * 6] }
    #expect(Set((0..<40).map { row(table.orders, $0) }).count > 30)
    #expect(Set(stride(from: 0, to: 40, by: 3).map { row(table.tokens, $0) }).count > 5)
    #expect(try #require(looks(samples: 4, seed: 4).draw(after: 8)).orders != few.orders)
  }

  @Test func `orders and random numbers are the same at every validation, and weights are left alone`() throws
  {
    let looks = looks(orders: 5, samples: 6)
    let weights = file.model.parameters.map { $0.value.values }
    let first = try #require(looks.draw(after: 1))
    #expect(looks.draw(after: 1) == first)
    let distance = looks.greedyStepDistance()
    #expect(file.model.parameters.map { $0.value.values } == weights)
    fill(scale: 1.5)
    let second = try #require(looks.draw(after: 2))
    #expect(second.orders == first.orders && second.tokens != first.tokens && second.step == 2)
    fill(scale: 2)
    #expect(looks.draw(after: 1) == first && looks.greedyStepDistance() == distance)
  }

  @Test func `the number of threads does not change a bit`() {
    let looks = looks(orders: 40, samples: 40)
    let (_, others) = ThreadCounts.results {
      [looks.draw(after: 1)?.tokens.map(Double.init), looks.greedyStepDistance().map { [$0] }]
    }
    for other in others { Issue.record("\(other.threads) threads see something else") }
  }

  @Test func `a model of captions draws the first images that have one, with their words`() throws {
    let captioned = try TrainingLooksTests(captioned: true)
    let table = try #require(captioned.looks(samples: 5).draw(after: 3))
    #expect(table.sampleIDs == [100, 101, 103, 104, 106])
    #expect(table.labels == table.sampleIDs.map { UInt32($0 % 3) })
    #expect(table.texts?.texts == table.sampleIDs.map { "image \($0)" } && table.texts?.tokenizer == "text")
    let all = try #require(captioned.looks(samples: 1000).draw(after: 3))
    #expect(all.count == 27 && Array(all.tokens.prefix(30)) == table.tokens)
  }

  @Test func `shards of a folder come by step, and other files are no shards`() throws {
    let folder = try TemporaryFolder()
    let progress = ProgressFolder(beside: folder.file("model.shard"))
    #expect(progress.shards.isEmpty)
    for step in [1_000_000, 40, 999_999, 400] {
      let table = try #require(looks(samples: 2).draw(after: step))
      try progress.write(table, provenance: TokenRun.provenance)
    }
    try write(Array("x".utf8), to: "\(progress.path)/step-40.shard")
    try write(Array("x".utf8), to: "\(progress.path)/notes.txt")
    #expect(progress.shards.map(\.step) == [40, 400, 999_999, 1_000_000])
    #expect(progress.shards.first?.path == folder.file("progress/step-000040.shard"))
    #expect(try ProgressTable(reading: progress.shards[1].path).step == 400)
    progress.removeAll()
    #expect(progress.shards.isEmpty)
    #expect(
      Set(try FileManager.default.contentsOfDirectory(atPath: progress.path)) == [
        "notes.txt", "step-40.shard",
      ])
  }
}
