import EngineKit
import StageKit
import Text

/// The configuration file of `tokenize text fit` and `tokenize text encode`.
struct TextSettings: Decodable {
  /// The preset's section `text`.
  struct Section: CheckedConfiguration {
    /// V with padding; 0 where a tokenizer is given, which has its own.
    let vocabulary: Int
    /// T, the ids of a caption with padding.
    let length: Int
    /// A file of others to take instead of training one; empty or left out: none.
    let tokenizer: String?

    /// The file to take, if any.
    var file: String? { tokenizer.flatMap { $0.isEmpty ? nil : $0 } }

    func check(_ rules: inout ConfigurationRules) {
      if file == nil {
        rules.require(
          vocabulary, in: BytePairTraining.smallestVocabulary...TextTokenizer.largestVocabulary, "vocabulary")
      } else {
        rules.require(
          vocabulary == 0, "vocabulary", "0 where 'tokenizer' names a file, whose own it is", vocabulary)
      }
      rules.require(length, in: 1...4096, "length")
    }
  }

  /// The number in pipeline/algorithms.json: raised when the same settings give other results.
  static let currentAlgorithm = 1

  let algorithm: Int
  let data: DataSettings
  let text: Section

  static func load(_ path: String) throws -> (TextSettings, configID: String) {
    try StageConfiguration.load(path, as: TextSettings.self, algorithm: currentAlgorithm)
  }
}
