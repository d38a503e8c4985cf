import ArgumentParser
import Files
import StageKit

/// Options that ask for other images than the settings do.
package struct ImageChoiceOptions: ParsableArguments {
  package init() {}

  @Option(
    name: .customLong("class"),
    help: """
      Draw only this class, by name or number; may be repeated, or name several with commas (default: all \
      classes in turn).
      """)
  package var classNames: [String] = []
  @Option(help: "Images to draw in all (default: 'sampling.images' of the settings).")
  package var images: Int?
  @Option(help: "Seed to draw with, in place of those of the settings.")
  package var seed: UInt64?

  package func validate() throws {
    if let images, !(1...SampleSettings.mostImages).contains(images) {
      throw ValidationError(
        "--images must be between 1 and \(grouped(SampleSettings.mostImages)), found \(images).")
    }
  }
}

/// Which images to draw: the first ones of an endless run in which classes take turns, or the first ones of some
/// classes. Image i has the same bytes whichever others are drawn with it.
package struct ImageChoice {
  /// Their positions in that run, which identify their random streams. Image i is of class i modulo the number
  /// of classes.
  package let images: [Int]
  /// What was asked for beyond the settings, as the shard tells of it; nil if nothing was.
  package let facts: JSONValue?

  /// - Parameter prompts: what is drawn in place of classes, one image each unless the options say how many.
  /// - Throws: exit code 64 for a class that the model does not have.
  package init(
    _ options: ImageChoiceOptions, _ settings: SampleSettings, classes: ModelClasses, prompts: [String]
  ) throws {
    let count = options.images ?? (prompts.isEmpty ? settings.sampling.images : prompts.count)
    let chosen = Set(try options.classNames.flatMap { try classes.numbers(of: $0) }).sorted()
    images =
      chosen.isEmpty
      ? Array(0..<count)
      : (0..<count).map { $0 / chosen.count * classes.count + chosen[$0 % chosen.count] }
    let isPlain =
      chosen.isEmpty && prompts.isEmpty && count == settings.sampling.images && options.seed == nil
    var facts: [String: JSONValue] = ["images": .integer(count)]
    if !chosen.isEmpty { facts["classes"] = .array(chosen.map(JSONValue.integer)) }
    if !prompts.isEmpty { facts["prompts"] = .array(prompts.map(JSONValue.string)) }
    self.facts = isPlain ? nil : .object(facts)
  }
}
