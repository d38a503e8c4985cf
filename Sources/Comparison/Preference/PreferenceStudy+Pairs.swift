import Files
import Images
import Randomness
import StageKit

extension PreferenceStudy {
  /// Pairs the images of two arms and adds checks.
  ///
  /// An image is paired with that of the other arm of the same name: samples of the same seed and sample id, files of
  /// the same path. Of these pairs some are drawn, as equally many of each class or sentence as there can be.
  ///
  /// - Parameters:
  ///   - pairs: how many are drawn.
  ///   - real: images for the checks, one each; it stands beside its own pixels in random places.
  ///   - seed: draws pairs and broken images.
  /// - Throws: exit code 65 for arms that have too few pairs or were made for different classes; what reading images
  ///   throws.
  public init(
    _ arms: [ArmPictures], pairs: Int, real: [Image], question: String, ties: Bool, seed: UInt64
  ) throws {
    let (a, b) = (arms[0], arms[1])
    let matched = try Self.matched(a, b)
    guard matched.count >= pairs else {
      throw StageError(
        .badData,
        "\(a.path) and \(b.path) have \(grouped(matched.count)) pairs, expected \(grouped(pairs)) at least. Sample "
          + "both arms with the same seeds, name pictures alike, or lower --pairs.")
    }
    let chosen = Self.balanced(matched.map { a.pictures[$0.a].condition }, count: pairs, seed: seed)
    let comparisons = try chosen.map { index in
      let (first, second) = matched[index]
      return Pair(
        name: a.pictures[first].name, condition: a.pictures[first].condition,
        a: try PNG.dataURI(a.image(first)),
        b: try PNG.dataURI(b.image(second)), isCheck: false)
    }
    let checks = try real.enumerated().map { index, image in
      Pair(
        name: "check-\(index + 1)", condition: "", a: try PNG.dataURI(image),
        b: try PNG.dataURI(Self.broken(image, seed: seed, UInt64(index))), isCheck: true)
    }
    let names = a.name == b.name ? [a.path, b.path] : [a.name, b.name]
    self.init(
      arms: names, question: question, ties: ties, seed: seed, sources: [a.source, b.source],
      pairs: comparisons + checks)
  }

  /// Positions of images of the same name in both arms, in the sequence of the first.
  private static func matched(_ a: ArmPictures, _ b: ArmPictures) throws -> [(a: Int, b: Int)] {
    let places = Dictionary(
      b.pictures.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    return try a.pictures.enumerated().compactMap { index, picture in
      guard let place = places[picture.name] else { return nil }
      let other = b.pictures[place].condition
      guard other == picture.condition else {
        throw StageError(
          .badData,
          "\(picture.name) was made for '\(picture.condition)' in \(a.path) and for '\(other)' in \(b.path): "
            + "expected the same in both. Give arms of one run.")
      }
      return (index, place)
    }
  }

  /// Positions of as equally many entries of each condition as there can be, conditions and entries in random
  /// sequence.
  package static func balanced(_ conditions: [String], count: Int, seed: UInt64) -> [Int] {
    var stream = RandomStream(seed: seed, purpose: "preference.pairs")
    var groups: [[Int]] = []
    var places: [String: Int] = [:]
    for index in stream.permutation(conditions.count) {
      if let place = places[conditions[index]] {
        groups[place].append(index)
      } else {
        places[conditions[index]] = groups.count
        groups.append([index])
      }
    }
    let most = groups.map(\.count).max() ?? 0
    return Array(
      (0..<most).flatMap { row in groups.compactMap { row < $0.count ? $0[row] : nil } }.prefix(count))
  }

  /// The image with its pixels in random places: its colours, and nothing to be seen.
  static func broken(_ image: Image, seed: UInt64, _ index: UInt64) -> Image {
    var stream = RandomStream(seed: seed, purpose: "preference.noise", index)
    let places = stream.permutation(image.width * image.height)
    return Image(
      width: image.width, height: image.height, channels: image.channels,
      pixels: places.flatMap { image.pixels[$0 * image.channels..<($0 + 1) * image.channels] })
  }
}
