import Images
import StageKit

extension SentenceScore {
  /// Measures an arm, and real test pictures as the ceiling.
  ///
  /// - Parameters:
  ///   - arm: pictures drawn from sentences.
  ///   - real: the test split of the tinted garments, with captions.
  ///   - afterEach: called with the number of pictures just done; throws to stop.
  /// - Throws: exit code 65 for a picture that was not made for a sentence about a tinted garment.
  public func record(
    of arm: ArmPictures, real: ImageCatalogue, afterEach: (Int) throws -> Void
  ) throws -> SentencesRecord {
    var bySet: [String: [(TintedFashion.Attributes, Outcome)]] = [:]
    var sets: [String] = []
    for range in Self.portions(arm.count) {
      let expected = try range.map {
        try Self.attributes(of: arm.pictures[$0].condition, "\(arm.pictures[$0].name) of \(arm.path)")
      }
      let outcomes = outcomes(
        of: try range.map { try arm.image($0).converted(channels: 3) }, expected: expected)
      for (index, pair) in zip(range, zip(expected, outcomes)) {
        let set = arm.pictures[index].set
        if bySet[set] == nil { sets.append(set) }
        bySet[set, default: []].append(pair)
      }
      try afterEach(range.count)
    }
    guard let generated = SentencesRecord.Rows(sets.map { bySet[$0] ?? [] }) else {
      throw StageError(.badData, "\(arm.path) holds no pictures: expected one at least. Sample some.")
    }
    var ceiling: [(TintedFashion.Attributes, Outcome)] = []
    for range in Self.portions(real.count) {
      let expected = try range.map { index in
        try Self.attributes(
          of: real.captions(of: index).first ?? "",
          "the \(real.split.rawValue) image \(real.sampleIDs[index])")
      }
      ceiling += zip(expected, outcomes(of: try real.load(range).images, expected: expected))
      try afterEach(range.count)
    }
    return SentencesRecord(arm: arm.name, generated: generated, ceiling: SentencesRecord.Rows([ceiling]))
  }

  /// What a sentence says.
  /// - Parameter subject: whose sentence it is, for the error.
  /// - Throws: exit code 65 for a sentence about anything else than a tinted garment.
  private static func attributes(of sentence: String, _ subject: String) throws -> TintedFashion.Attributes {
    guard let found = TintedFashion.attributes(parsing: sentence) else {
      throw StageError(
        .badData,
        "\(subject) was made for '\(sentence)': expected a sentence that names a garment, its colour and another one "
          + "of the background. Give pictures of the data set 'captions'.")
    }
    return found
  }

  /// Pictures that are looked at together; results do not depend on it.
  private static func portions(_ count: Int) -> [Range<Int>] {
    stride(from: 0, to: count, by: 256).map { $0..<min($0 + 256, count) }
  }
}
