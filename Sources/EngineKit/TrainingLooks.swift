import Generation
import Kernels
import Models
import Orders
import Randomness
import Shards
import Training
import Weights

/// What a model in training is looked at for besides its likelihood: the greedy orders of held-out images, and images that
/// it draws.
///
/// Both are functions of settings, held-out images and weights, whatever the threads and however often a run was stopped.
/// They only read the weights and have random streams of their own, so that a run trains alike with and without them.
package struct TrainingLooks {
  /// One image to draw.
  private struct Subject {
    let id: UInt64
    let label: UInt32
    let condition: Condition
    /// What the condition says; "" for a class.
    let words: String
  }

  /// Sequences decoded together at the most, which bounds memory and changes no result.
  private static let together = 32

  private let file: TransformerFile
  private let seed: UInt64
  private let precision: Precision
  private let validation: TokenDataset
  private let heldOut: TokenFolder
  /// Validation images whose orders are extracted.
  private let images: Range<Int>
  /// What is drawn, the same at every validation.
  private let subjects: [Subject]

  /// - Parameters:
  ///   - validation: held-out images with their conditions.
  ///   - heldOut: the tokens that they are of.
  package init(
    _ file: TransformerFile, settings: TrainingSettings, precision: Precision, validation: TokenDataset,
    heldOut: TokenFolder
  ) {
    self.file = file
    self.precision = precision
    self.validation = validation
    self.heldOut = heldOut
    seed = settings.seed
    images = 0..<min(settings.validateOrders ?? 0, validation.count)
    let count = settings.validateSamples ?? 0
    guard file.model.configuration.text != nil else {
      let classes = file.model.configuration.classes
      subjects = (0..<count).map {
        Subject(id: UInt64($0), label: UInt32($0 % classes), condition: .label($0 % classes), words: "")
      }
      return
    }
    subjects = Array(
      heldOut.words.indices.lazy.map {
        Subject(
          id: validation.sampleIDs[$0], label: validation.labels[$0], condition: validation.condition(of: $0),
          words: heldOut.words[$0])
      }.filter { $0.condition != .unconditional }.prefix(count))
  }

  /// How many sequences a session holds at a validation; 0 where none is needed.
  /// - Parameter heldOut: how many held-out images there are.
  package static func sequences(_ settings: TrainingSettings, heldOut: Int) -> Int {
    min(max(min(settings.validateOrders ?? 0, heldOut), settings.validateSamples ?? 0), together)
  }

  /// Whether orders are extracted.
  package var hasOrders: Bool { !images.isEmpty }

  /// Mean step distance d of the greedy orders, by equation (1), of the first validation images; nil where none was asked
  /// for.
  package func greedyStepDistance() -> Double? {
    guard hasOrders else { return nil }
    let extractor = GreedyOrderExtractor(
      model: file.model, batch: min(images.count, Self.together), precision: precision)
    let width = file.model.configuration.gridWidth
    var sum = 0.0
    for part in Self.parts(images.count) {
      let found = extractor.extract(
        tokens: part.map(validation.codes(of:)), conditions: part.map(validation.condition(of:)))
      for result in found { sum += GenerationOrder.meanStepDistance(result.order, gridWidth: width) }
    }
    return sum / Double(images.count)
  }

  /// Images of the fixed conditions as the model draws them now, each in a random order of its own, unguided and at
  /// temperature 1; nil where none was asked for.
  package func draw(after step: Int) -> ProgressTable? {
    guard !subjects.isEmpty else { return nil }
    let locations = file.model.configuration.locations
    let generator = ImageGenerator(
      model: file.model, settings: GenerationSettings(sampler: TokenSampler()),
      batch: min(subjects.count, Self.together), precision: precision)
    var stream = RandomStream(seed: seed, purpose: "progress.token")
    let tokenSeed = stream.next()
    let drawn = Self.parts(subjects.count).flatMap { part in
      generator.generate(
        part.map { place in
          GenerationRequest(
            condition: subjects[place].condition,
            order: GenerationOrder.random(locations, seed: seed, purpose: "progress.order", UInt64(place)),
            image: UInt64(place), seed: tokenSeed)
        })
    }
    return table(of: drawn, step: step)
  }

  private func table(of drawn: [GeneratedTokens], step: Int) -> ProgressTable {
    let sizes = file.model.configuration
    let width = min(subjects.map(\.words.utf8.count).max() ?? 0, TextTable.longestText)
    return ProgressTable(
      sampleIDs: subjects.map(\.id), labels: subjects.map(\.label),
      tokens: drawn.flatMap { $0.tokens.map(UInt16.init) },
      orders: drawn.flatMap { $0.order.map(UInt16.init) },
      gridHeight: sizes.gridHeight, gridWidth: sizes.gridWidth, codebookSize: heldOut.codebookSize,
      codebook: heldOut.codebook, classNames: heldOut.classNames, step: step,
      texts: sizes.text == nil
        ? nil
        : SampleTable.Texts(texts: subjects.map(\.words), width: width, tokenizer: file.textTokenizer))
  }

  private static func parts(_ count: Int) -> [Range<Int>] {
    stride(from: 0, to: count, by: together).map { $0..<min($0 + together, count) }
  }
}
