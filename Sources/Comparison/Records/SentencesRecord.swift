import Files
import Images
import Metrics

/// How often pictures show what their sentences say, what `score sentences` writes.
public struct SentencesRecord: Codable, Equatable, Sendable {
  /// How often something is right.
  public struct Share: Codable, Equatable, Sendable {
    public let rate: Double
    /// Wilson's interval over all pictures.
    public let interval: [Double]
    /// By sampling seed, in the sequence of the seeds.
    public let values: [Double]
    /// Of the mean over seeds; nil for one seed.
    @WrittenAsNull public private(set) var standardError: Double?

    enum CodingKeys: String, CodingKey {
      case rate, values
      case interval = "wilson_95"
      case standardError = "standard_error"
    }

    /// - Parameter right: of every picture, by seed; no seed is empty.
    init(_ right: [[Bool]]) {
      let (count, hits) = (right.reduce(0) { $0 + $1.count }, right.reduce(0) { $0 + $1.count { $0 } })
      let wilson = WilsonInterval(successes: Double(hits), of: count)
      values = right.map { seed in Double(seed.count { $0 }) / Double(seed.count) }
      rate = Double(hits) / Double(count)
      interval = [wilson.low, wilson.high]
      _standardError = WrittenAsNull(wrappedValue: Summary(of: values).standardError)
    }
  }

  /// Some of the pictures.
  public struct Row: Codable, Equatable, Sendable {
    public let images: Int
    public let garment: Share
    public let background: Share
    public let label: Share
    /// All three at once.
    public let all: Share

    enum CodingKeys: String, CodingKey {
      case images, garment, background, all
      case label = "class"
    }

    /// Nil without pictures.
    /// - Parameter outcomes: by seed.
    init?(_ outcomes: [[SentenceScore.Outcome]]) {
      let seeds = outcomes.filter { !$0.isEmpty }
      guard !seeds.isEmpty else { return nil }
      images = seeds.reduce(0) { $0 + $1.count }
      garment = Share(seeds.map { $0.map(\.garment) })
      background = Share(seeds.map { $0.map(\.background) })
      label = Share(seeds.map { $0.map(\.label) })
      all = Share(seeds.map { $0.map(\.all) })
    }
  }

  /// Pictures of one kind, and those of them whose class and garment colour training never showed together.
  public struct Rows: Codable, Equatable, Sendable {
    public let all: Row
    /// Pairs of class and garment colour that training pictures show.
    @WrittenAsNull public private(set) var seen: Row?
    /// Pairs that they do not.
    @WrittenAsNull public private(set) var heldOut: Row?

    enum CodingKeys: String, CodingKey {
      case all
      case seen = "seen_pairs"
      case heldOut = "held_out_pairs"
    }

    /// Nil without pictures.
    /// - Parameter pictures: what they should show and what is right about them, by seed.
    public init?(_ pictures: [[(expected: TintedFashion.Attributes, outcome: SentenceScore.Outcome)]]) {
      func row(_ isIncluded: (TintedFashion.Attributes) -> Bool) -> Row? {
        Row(pictures.map { seed in seed.filter { isIncluded($0.expected) }.map(\.outcome) })
      }
      guard let all = row({ _ in true }) else { return nil }
      self.all = all
      _seen = WrittenAsNull(wrappedValue: row { !$0.isHeldOut })
      _heldOut = WrittenAsNull(wrappedValue: row(\.isHeldOut))
    }
  }

  public let arm: String
  public let generated: Rows
  /// The same measure of real test pictures; nil where none were given.
  @WrittenAsNull public private(set) var ceiling: Rows?

  enum CodingKeys: String, CodingKey {
    case arm, ceiling
    case generated = "sentence_accuracy"
  }

  public init(arm: String, generated: Rows, ceiling: Rows?) {
    self.arm = arm
    self.generated = generated
    _ceiling = WrittenAsNull(wrappedValue: ceiling)
  }
}
