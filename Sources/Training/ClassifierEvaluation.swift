import Foundation
import Models

/// How often a classifier is right.
public struct ClassifierEvaluation: Codable, Equatable, Sendable {
  /// Images measured.
  public let images: Int
  /// Share of the images whose likeliest class is their own.
  public let accuracy: Double
  /// Mean −log p of an image's own class, in nats.
  public let crossEntropy: Double
  /// The accuracy on the images of each class; nil for a class without images.
  public let byClass: [Double?]

  public enum CodingKeys: String, CodingKey {
    case images, accuracy
    case crossEntropy = "cross_entropy"
    case byClass = "by_class"
  }

  /// Classifies images given as bytes, HWC, one after the other.
  /// - Parameter labels: the class of each, one image at least.
  public init(_ classifier: ImageClassifier, images bytes: [UInt8], labels: [Int32]) {
    let classes = classifier.configuration.classes
    let size = classifier.configuration.imageValues
    var (right, all) = ([Int](repeating: 0, count: classes), [Int](repeating: 0, count: classes))
    var nats = 0.0
    // Blocks bound the memory; their size does not change the numbers.
    for first in stride(from: 0, to: labels.count, by: 512) {
      let range = first..<min(first + 512, labels.count)
      let answers = classifier.answers(to: Array(bytes[range.lowerBound * size..<range.upperBound * size]))
      for (image, answer) in zip(range, answers.classes(of: range.count)) {
        let label = Int(labels[image])
        all[label] += 1
        if answer == label { right[label] += 1 }
        let row = answers.logits[(image - first) * classes..<(image - first + 1) * classes].map(Double.init)
        let top = row.max() ?? 0
        nats += top + log(row.reduce(0) { $0 + exp($1 - top) }) - row[label]
      }
    }
    images = labels.count
    accuracy = Double(right.reduce(0, +)) / Double(labels.count)
    crossEntropy = nats / Double(labels.count)
    byClass = zip(right, all).map { $1 == 0 ? nil : Double($0) / Double($1) }
  }
}
