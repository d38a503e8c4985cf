import Files
import Foundation
import StageKit
import TestSupport
import Testing

private enum Colour: String, Decodable, CaseIterable { case red, blue }

private struct Training: CheckedConfiguration, Equatable {
  let learningRate: Double
  let steps: Int
  let seeds: [UInt64]
  let colour: Colour
  let note: String?

  func check(_ rules: inout ConfigurationRules) {
    rules.requirePositive(steps, "steps")
    rules.require(learningRate, in: 0...1, "learning_rate")
  }
}

private struct Settings: Decodable, Equatable {
  let algorithm: Int
  let training: Training
  let arms: [String: Bool]
}

private let good = """
  {"algorithm": 2, "arms": {"any-order_x": true}, "training": {"learning_rate": 1e-3, "steps": 40.0,
   "seeds": [1, 18446744073709551615], "colour": "red", "note": null}}
  """

private func failure(_ text: String, from old: String, to new: String) -> String {
  let changed = text.replacingOccurrences(of: old, with: new)
  #expect(changed != text)
  do {
    let _: Settings = try StageConfiguration.decode(JSONValue(parsing: changed), path: "c.json")
    return "no error"
  } catch let error as any StageFailure {
    #expect(error.exitCode == 78)
    return error.description
  } catch {
    return "another error: \(error)"
  }
}

@Test func `a configuration decodes with its keys in snake case and exact seeds`() throws {
  let folder = try TemporaryFolder()
  try Data(good.utf8).write(to: URL(filePath: folder.file("c.json")))
  let (settings, configID) = try StageConfiguration.load(
    folder.file("c.json"), as: Settings.self, algorithm: 2)
  #expect(settings.training.learningRate == 0.001)
  #expect(settings.training.steps == 40)
  #expect(settings.training.seeds == [1, .max])
  #expect(settings.training.colour == .red)
  #expect(settings.arms == ["any-order_x": true])
  #expect(configID == SHA256.hex(Array(good.utf8)))
}

@Test func `an unknown key is refused by its full path`() {
  #expect(
    failure(good, from: "\"note\": null", to: "\"note\": null, \"betta1\": 1")
      == "c.json has the unknown key 'training.betta1'; known here: colour, learning_rate, note, seeds, "
      + "steps. Remove it from the preset or correct its spelling.")
}

@Test func `a missing key is named by its full path, with the key that stands in its place`() {
  #expect(
    failure(good, from: "learning_rate", to: "learning_rat")
      == "c.json lacks the key 'training.learning_rate', but has 'learning_rat', which nothing reads. "
      + "Settings have no defaults: add it to the preset (pipeline/PRESETS.md explains each key).")
  #expect(failure(good, from: "\"algorithm\": 2,", to: "").hasPrefix("c.json lacks the key 'algorithm'. "))
}

@Test(arguments: [
  ("1e-3", "\"fast\"", "c.json: 'training.learning_rate' must be a number, found \"fast\"."),
  ("40.0", "40.5", "c.json: 'training.steps' must be a whole number, found 40.5."),
  ("[1, ", "[-1, ", "c.json: 'training.seeds.0' must be a whole number of at least 0, found -1."),
  ("\"red\"", "\"green\"", "c.json: 'training.colour' must be one of red, blue, found \"green\"."),
  ("40.0", "0", "c.json: 'training.steps' must be above 0, found 0."),
  ("1e-3", "2", "c.json: 'training.learning_rate' must be between 0.0 and 1.0, found 2.0."),
  ("true", "1", "c.json: 'arms.any-order_x' must be true or false, found 1."),
  ("[1, 18446744073709551615]", "{}", "c.json: 'training.seeds' must be a list, found an object."),
])
func `a value of the wrong type or range is refused by its full path`(
  old: String, new: String, sentence: String
) {
  #expect(failure(good, from: old, to: new) == sentence + " Correct it in the preset or in SET.")
}

@Test func `a file that is absent, no JSON or of another algorithm is refused`() throws {
  let folder = try TemporaryFolder()
  let path = folder.file("c.json")
  func code() -> Int32 {
    do { _ = try StageConfiguration.load(path, as: Settings.self, algorithm: 1) } catch {
      return StageError.exitCode(of: error)
    }
    return 0
  }
  #expect(code() == 66)
  try Data("{\"algorithm\": 1,}".utf8).write(to: URL(filePath: path))
  #expect(code() == 78)
  try Data(good.utf8).write(to: URL(filePath: path))
  #expect(code() == 78)
  #expect(throws: ConfigurationError.algorithm(path: path, expected: 1, found: 2)) {
    try StageConfiguration.load(path, as: Settings.self, algorithm: 1)
  }
}
