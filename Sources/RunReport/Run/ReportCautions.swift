import Metrics
import Reporting

/// What a reader must know before believing the numbers: said on top of the page, each with its reason.
struct ReportCautions {
  let scores: ReportScores
  private var titles: RunTitles { scores.titles }

  /// Images a feature below which the page warns: a covariance of D features from N images is wrong by about √(D/N)
  /// of itself, at ten images a feature by a third.
  private static let imagesPerFeature = 10

  var sentences: [String] {
    guard !scores.arms.isEmpty else { return [] }
    return otherCounts() + unequalSteps() + scores.layers.compactMap { fewImages($0) }
      + [poorReconstructions(), fewSeeds(), oneTrainingSeed].compactMap { $0 }
  }

  /// Arms whose distances stand beside those of others, but for another number of images.
  private func otherCounts() -> [String] {
    guard let usual = scores.compared else { return [] }
    return scores.arms.compactMap { arm in
      guard let count = scores.compared(arm), count != usual else { return nil }
      return "“\(titles.title(ofArm: arm))” compares \(Format.count(count)) images and most arms "
        + "\(Format.count(usual)). Fréchet distances of different numbers of images do not compare, so it takes no part in "
        + "the verdict."
    }
  }

  /// Comparisons are meant to be at equal training steps.
  private func unequalSteps() -> [String] {
    func steps(_ arm: String) -> Int? { titles.model(of: arm).flatMap { titles.steps(of: $0) } }
    let arms = scores.arms.filter { titles.role(of: $0) != .other }
    guard let expected = arms.first(where: { titles.isSpecialised($0) }).flatMap({ steps($0) }) else {
      return []
    }
    return arms.compactMap { arm in
      guard let found = steps(arm), found != expected else { return nil }
      return
        "“\(titles.title(ofArm: arm))” was trained for \(Format.count(found)) steps in all, the specialised model for "
        + "\(Format.count(expected)): their difference is not that of orders alone."
    }
  }

  private func fewImages(_ layer: String) -> String? {
    guard let count = scores.compared else { return nil }
    let dimension = scores.dimension(of: layer)
    let sizes =
      "\(Format.count(count)) images are compared by the \(Format.count(dimension)) features of `\(layer)`"
    if scores.isRankDeficient(layer) {
      return
        "\(sizes): covariances of no more images than features are rank-deficient, and these Fréchet distances are far "
        + "too large. They only compare with each other; read the kernel distance, which has no such bias."
    }
    guard count < Self.imagesPerFeature * dimension else { return nil }
    let share = Format.percent((Double(dimension) / Double(count)).squareRoot())
    let floor = scores.floor(.secondHalf, layer, .frechet, .real).map {
      " Real images of the other half score \(Format.significant($0)) where endlessly many would score 0."
    }
    return
      "\(sizes), fewer than \(Self.imagesPerFeature) a feature: their covariance is wrong by about √(D/N) = \(share) of "
      + "itself, which makes Fréchet distances too large.\(floor ?? "")"
  }

  /// Whether the tokenizer's error is more than half of the best arm's distance to real images.
  private func poorReconstructions() -> String? {
    guard let headline = scores.headline else { return nil }
    let (layer, quantity) = (headline.layer, headline.quantity)
    let means = scores.comparable.compactMap { scores.metric($0, layer, quantity, .real)?.mean }
    guard let best = means.min(),
      let floor = scores.floor(.reconstructionsOfSecondHalf, layer, quantity, .real), floor > best / 2,
      let name = scores.comparable.lazy
        .compactMap({ scores.metric($0, layer, quantity, .real)?.name }).first
    else { return nil }
    return "Reconstructions are poor: other test images as the tokenizer reproduces them score "
      + "\(Format.significant(floor)) against real images, the best arm \(Format.significant(best)) (`\(name)`). So the "
      + "tokenizer's error is most of every distance to real images, and these hardly tell models apart."
  }

  private func fewSeeds() -> String? {
    guard let least = scores.arms.map({ scores.seeds($0).count }).min(), least < 3 else { return nil }
    guard least > 1 else {
      return
        "There is an arm with one sampling seed: nothing says what chance does to its numbers. `sampling.seeds` takes "
        + "more."
    }
    let critical = Format.significant(StudentT.critical(level: 0.95, degrees: least - 1))
    return
      "\(least) sampling seeds leave \(least - 1) degree of freedom: even a single t must exceed \(critical), so only huge "
      + "differences can be told. `sampling.seeds` takes more."
  }

  private var oneTrainingSeed: String {
    "There is one training seed: every model was trained once, and what another training would change is in no interval "
      + "here. `make replicate SEEDS='1 2 3'` trains with other seeds; do so before calling an order better."
  }
}
