import Comparison
import Features
import Reporting

/// The scores of a run's arms, for the parts of the page that read them.
struct ReportScores {
  let run: RunFolder
  let titles: RunTitles
  /// In the order in which they are shown.
  let arms: [String]
  /// Layers of the feature network in the order in which scores list them.
  let layers: [String]

  init(run: RunFolder, titles: RunTitles) {
    self.run = run
    self.titles = titles
    arms = titles.sorted(arms: run.scores.keys)
    var layers = [String]()
    for arm in arms {
      for entry in run.scores[arm]?.record.metrics ?? [] where !layers.contains(entry.layer) {
        layers.append(entry.layer)
      }
    }
    self.layers = layers
  }

  /// How to get the features that are missing.
  var advice: String {
    (FeatureNetworkKind(ofLayers: run.settings.layers) ?? .lite0).advice
  }

  typealias Reference = ArmRecord.Reference

  func metric(
    _ arm: String, _ layer: String, _ quantity: Quantity, _ against: Reference
  ) -> ArmRecord.Entry? {
    run.scores[arm]?.record.metrics.first {
      $0.layer == layer && $0.quantity == quantity && $0.against == against
    }
  }

  /// A floor under a metric, which is the same for all arms.
  func floor(
    _ floor: ArmRecord.Floor, _ layer: String, _ quantity: Quantity, _ against: Reference
  ) -> Double? {
    arms.lazy.compactMap { metric($0, layer, quantity, against)?.floors[floor.rawValue] }.first
  }

  /// Images on either side of an arm's distances; nil without features.
  func compared(_ arm: String) -> Int? { run.scores[arm]?.record.counts.compared }

  /// The number of images that most arms were compared with, the larger one if two are as frequent.
  var compared: Int? {
    let counts = Dictionary(grouping: arms.compactMap { compared($0) }, by: { $0 })
    return counts.max { ($0.value.count, $0.key) < ($1.value.count, $1.key) }?.key
  }

  /// Arms whose distances compare: a Fréchet distance holds for one number of images.
  var comparable: [String] { arms.filter { compared($0) != nil && compared($0) == compared } }

  func dimension(of layer: String) -> Int {
    arms.lazy.compactMap { metric($0, layer, .frechet, .real)?.dimension }.first ?? 0
  }

  /// Whether a layer has as many features as images or more: its Fréchet distances are biased strongly.
  func isRankDeficient(_ layer: String) -> Bool { compared.map { $0 <= dimension(of: layer) } ?? false }

  func seeds(_ arm: String) -> [UInt64] { run.scores[arm]?.record.seeds ?? [] }

  /// Values of a metric by sampling seed.
  func values(_ arm: String, _ measure: Measure) -> [UInt64: Double] {
    let values = metric(arm, measure.layer, measure.quantity, measure.against)?.values ?? []
    return Dictionary(zip(seeds(arm), values)) { first, _ in first }
  }

  /// One number by which arms are compared.
  struct Measure: Equatable {
    let layer: String
    let quantity: Quantity
    let against: Reference
    /// With features and resizing, such as FD(lite0-block10-112, pil-bicubic-224).
    let name: String

    var reference: String {
      against == .real ? "real test images" : "reconstructions of test images"
    }
  }

  func measure(_ layer: String, _ quantity: Quantity, _ against: Reference) -> Measure? {
    guard
      let name = arms.lazy.compactMap({ metric($0, layer, quantity, against)?.name }).first
    else { return nil }
    return Measure(layer: layer, quantity: quantity, against: against, name: name)
  }

  /// What the page goes by, fixed before the numbers are seen: the Fréchet distance of the first layer that has fewer
  /// features than there are images, and the kernel distance of the first layer if none has. To reconstructions where
  /// there are any: in distances to real images a small tokenizer's error hides the models.
  var headline: Measure? {
    guard let first = layers.first else { return nil }
    let against =
      layers.contains { measure($0, .frechet, .reconstructions) != nil } ? Reference.reconstructions : .real
    guard let layer = layers.first(where: { !isRankDeficient($0) }) else {
      return measure(first, .kernel, against)
    }
    return measure(layer, .frechet, against)
  }

  /// The kernel distance of the same features, where the headline is another.
  var second: Measure? {
    guard let headline, headline.quantity != .kernel else { return nil }
    return measure(headline.layer, .kernel, headline.against)
  }

  /// Arms by one measure, as a verdict takes them.
  func verdict(by measure: Measure) -> OrderVerdict {
    OrderVerdict(
      arms: titles.inVerdict(comparable).map {
        ComparedArm(titles.title(ofArm: $0), role: titles.role(of: $0), values: values($0, measure))
      }, reference: measure.reference)
  }
}
