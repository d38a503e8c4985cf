import Features
import Images
import Models
import StageKit
import Weights

/// Whether pictures show what their sentences say: the garment's colour, the background's, and the class.
///
/// Colours are measured from pixels (`TintedFashion.measuredColours`); the class is what a classifier takes a picture
/// for that was trained on real pictures. So a picture can be wrong by its own fault or by the measure's: the same
/// measure of real pictures is the ceiling.
public struct SentenceScore: Sendable {
  /// What is right about a picture.
  public struct Outcome: Sendable, Equatable {
    public let garment: Bool
    public let background: Bool
    public let label: Bool
    public var all: Bool { garment && background && label }

    public init(garment: Bool, background: Bool, label: Bool) {
      self.garment = garment
      self.background = background
      self.label = label
    }
  }

  private let classifier: ImageClassifier

  /// - Parameter classifier: of as many classes as garments have, in the sequence of their labels.
  /// - Throws: exit code 65 for one of other classes.
  public init(_ file: ClassifierFile, path: String) throws {
    let expected = TintedFashion.classWords.count
    guard file.classNames.count == expected else {
      throw StageError(
        .badData,
        "\(path) tells \(file.classNames.count) classes apart, expected the \(expected) of Fashion-MNIST. Train it on "
          + "the data set that the sentences are about.")
    }
    classifier = file.classifier
  }

  /// Looks at pictures of three channels.
  public func outcomes(of images: [Image], expected: [TintedFashion.Attributes]) -> [Outcome] {
    precondition(images.count == expected.count, "\(images.count) pictures have as many sentences")
    let answers = classifier.answers(
      to: images.flatMap { $0.pixels(for: classifier.configuration) }
    ).classes(of: images.count)
    return images.indices.map { index in
      let colours = TintedFashion.measuredColours(of: images[index])
      let said = expected[index]
      return Outcome(
        garment: colours.garment == said.garment, background: colours.background == said.background,
        label: answers[index] == Int(said.label))
    }
  }
}
