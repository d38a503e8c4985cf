extension TintedFashion {
  /// The ways in which a sentence says what a picture shows.
  private static let patterns: [@Sendable (Attributes) -> String] = [
    { "\(article(colour($0.garment), $0))\(colour($0.garment)) \(word($0)) on \(onBackground($0))" },
    { "\(behind($0)) background, \(word($0)) in \(colour($0.garment))" },
    { "\(word($0)), \(colour($0.garment)), on \(isNoisy($0) ? "noise" : behind($0))" },
    { "\(article(word($0), $0))\(word($0)) in \(colour($0.garment)) on \(onBackground($0))" },
    {
      "the \(word($0)) \(isPlural($0) ? "are" : "is") \(colour($0.garment)), "
        + "the background is \(behind($0))"
    },
  ]

  /// The sentences about a picture, each of another pattern.
  public static func sentences(for attributes: Attributes) -> [String] { patterns.map { $0(attributes) } }

  /// What a sentence says: a class, the colour of the garment and that of the background, in any of the patterns or
  /// words like them. A colour belongs to the background beside that word (`blue background`, `the background is
  /// blue`) or after `on` (`on blue`, `on a blue background`), else to the garment.
  /// - Returns: nil unless each of the three is named once and the colours differ; so for noise, which is no colour.
  public static func attributes(parsing sentence: String) -> Attributes? {
    let words = words(of: sentence)
    var (garments, backgrounds) = ([Int](), [Int]())
    for (place, word) in words.enumerated() {
      guard let colour = palette.firstIndex(where: { $0.name == word }) else { continue }
      let before = Array(words[..<place].reversed().drop { ["a", "an", "the"].contains($0) }.prefix(2))
      let isBehind =
        before.first == "on" || before == ["is", "background"]
        || (place + 1 < words.count && words[place + 1] == "background")
      if isBehind { backgrounds.append(colour) } else { garments.append(colour) }
    }
    let labels = classWords.indices.filter { label in
      let name = Self.words(of: classWords[label])
      return words.indices.contains { words[$0...].starts(with: name) }
    }
    // Every t-shirt is a shirt to the eye that reads words one by one.
    let (tShirt, shirt) = (0, 6)
    let named = labels.contains(tShirt) ? labels.filter { $0 != shirt } : labels
    guard named.count == 1, garments.count == 1, backgrounds.count == 1, garments != backgrounds else {
      return nil
    }
    return Attributes(label: UInt32(named[0]), garment: garments[0], background: backgrounds[0])
  }

  /// Runs of letters, in lower case.
  private static func words(of text: String) -> [String] {
    text.lowercased().split { !$0.isLetter }.map(String.init)
  }

  private static func colour(_ index: Int) -> String { palette[index].name }
  private static func word(_ attributes: Attributes) -> String { classWords[Int(attributes.label)] }
  private static func isPlural(_ attributes: Attributes) -> Bool { word(attributes) == "trousers" }

  private static func isNoisy(_ attributes: Attributes) -> Bool { attributes.background == noise }
  /// The word for a background.
  private static func behind(_ attributes: Attributes) -> String {
    isNoisy(attributes) ? "noisy" : colour(attributes.background)
  }

  private static func onBackground(_ attributes: Attributes) -> String {
    "\(article(before: behind(attributes))) \(behind(attributes)) background"
  }

  /// The article of the garment with the blank behind it, where it has one: none stands before `trousers`.
  private static func article(_ next: String, _ attributes: Attributes) -> String {
    isPlural(attributes) ? "" : article(before: next) + " "
  }

  private static func article(before word: String) -> String {
    word.first.map { "aeiou".contains($0) } == true ? "an" : "a"
  }
}
