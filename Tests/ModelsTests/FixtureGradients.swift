import Foundation
import Kernels
import Models
import TestSupport
import Testing

/// Compares all of a tokenizer's gradients with a fixture's: norms `train.grad_norms`, whose names
/// `<facts>.json` lists, and whole gradients under `grad.`. Tolerance: 1e-4 of the norm or of the largest
/// element.
func expectGradients(
  of tokenizer: ImageTokenizer, matching fixture: FixtureFile, facts name: String
) throws {
  let url = FixtureFile.folder.appending(path: name + ".json")
  let facts = try JSONDecoder().decode(GradientFacts.self, from: Data(contentsOf: url))
  let parameters = Dictionary(uniqueKeysWithValues: tokenizer.parameters.map { ($0.name, $0) })
  #expect(facts.names.count == parameters.count)
  for (name, norm) in zip(facts.names, fixture.floats("train.grad_norms")) {
    let parameter = try #require(parameters[name])
    let found = Float(sumOfSquares(parameter.gradient).squareRoot())
    #expect(abs(found - norm) <= 1e-4 * max(norm, 1), "\(name): \(found), expected \(norm)")
  }
  let whole = fixture.keys.filter { $0.hasPrefix("grad.") }
  #expect(whole.count == 11)
  for key in whole {
    let parameter = try #require(parameters[String(key.dropFirst(5))])
    let expected = fixture.floats(key)
    let scale = expected.map(abs).max() ?? 0
    #expect(largestDifference(parameter.gradient.values, expected) <= 1e-4 * scale, "\(key)")
  }
}

private struct GradientFacts: Decodable {
  let names: [String]
  enum CodingKeys: String, CodingKey { case names = "grad_norm_names" }
}
