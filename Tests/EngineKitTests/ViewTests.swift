import EngineKit
import Models
import Shards
import TestSupport
import Testing
import Training

/// Three images with captions, three views each, in two shards: no two records have equal codes, orders or captions.
private enum Views {
  static let count = 3
  /// Captions of an image: fewer than views, as many, and one.
  static let captions: [UInt64: Int] = [4: 2, 9: 3, 2: 1]

  static func samples(of images: [UInt64]) -> [UInt64] {
    images.flatMap { image in (0..<UInt64(count)).map { image * UInt64(count) + $0 } }
  }

  static func codes(_ sample: UInt64) -> [UInt16] {
    [UInt16(sample % 16), UInt16(sample / 16)] + (0..<4).map { UInt16((sample + $0) % 7) }
  }

  static func order(_ sample: UInt64) -> [UInt16] {
    let turned = (0..<6).map { UInt16((UInt64($0) + sample) % 6) }
    return sample / 6 % 2 == 0 ? turned : turned.reversed()
  }

  static func text(of image: UInt64, _ caption: Int) -> [UInt16] {
    [UInt16(image) * 10 + UInt16(caption), 0]
  }

  static func tokens(_ images: [UInt64]) -> TokenTable {
    let samples = samples(of: images)
    var table = TokenTable(
      sampleIDs: samples, labels: [UInt32](repeating: 0, count: samples.count),
      tokens: samples.flatMap(codes),
      gridHeight: 2, gridWidth: 3, codebookSize: 16, codebook: "book", classNames: ["a"], split: "train",
      views: count)
    var found = TokenTable.Captions(length: 2, vocabularySize: 100, tokenizer: "words")
    for sample in samples {
      let image = table.image(of: sample)
      let texts = (0..<captions[image, default: 0]).map { text(of: image, $0)[...] }
      found.append(texts, texts.map { "\($0)" })
    }
    table.captions = found
    return table
  }

  static func orders(_ images: [UInt64], of contentID: String) -> OrderTable {
    let samples = samples(of: images)
    return OrderTable(
      sampleIDs: samples, orders: samples.flatMap(order),
      confidences: [Float](repeating: 0.5, count: 6 * samples.count), gridHeight: 2, gridWidth: 3,
      tokensContentID: contentID, modelContentID: "model")
  }

  static let model = AnyOrderConfiguration(
    width: 16, layers: 1, heads: 2, hidden: 24, codes: 16, classes: 0,
    text: TextSizes(vocabulary: 100, length: 2),
    positions: .doubleRelative, gridHeight: 2, gridWidth: 3)
}

@Test
func `distillation shows each view with its own order, for the caption that the order is extracted for`()
  throws
{
  let run = try TokenRun()
  let parts: [[UInt64]] = [[2, 4], [9]]
  let ids = try run.write(parts.map(Views.tokens), "tokens")
  _ = try run.write(zip(parts, ids).map { Views.orders($0, of: $1) }, "orders")
  let folder = try TokenFolder(run.folder.path, role: "tokens", split: "train")
  let joined = try folder.withOrders(run.folder.path).data
  let data = folder.conditioned(joined, on: Views.model.text)

  let settings = TrainingSettings(
    objective: .orders, steps: 6, batch: 3, learningRate: 1, classDropout: 0, seed: 3)
  let maker = BatchMaker(settings: settings, data: data, configuration: Views.model)
  let prepared = PreparedBatch(images: settings.batch, locations: 6)
  var seen: [UInt64: Int] = [:]
  for step in 0..<6 {
    maker.fill(prepared, step: step)
    for row in 0..<settings.batch {
      let codes = prepared.batch.tokens[row * 6..<(row + 1) * 6].map { UInt16($0) }
      let sample = UInt64(codes[1]) * 16 + UInt64(codes[0])
      seen[sample, default: 0] += 1
      #expect(codes == Views.codes(sample))
      #expect(prepared.batch.orders[row * 6..<(row + 1) * 6].map { UInt16($0) } == Views.order(sample))
      let image = sample / 3
      let caption = Int(sample) % Views.captions[image, default: 1]
      #expect(prepared.batch.conditions[row] == .text(Views.text(of: image, caption)), "sample \(sample)")
    }
  }
  #expect(seen == Dictionary(uniqueKeysWithValues: Views.samples(of: [2, 4, 9]).map { ($0, 2) }))

  // Extraction reads a shard at a time and must choose the same captions.
  let extracted = parts.flatMap { Views.tokens($0).conditions(for: Views.model) }
  #expect(extracted == (0..<data.count).map { data.condition(of: $0) })
}
