import Foundation
import Kernels
import Models
import TestSupport
import Testing

/// Compares all of a tokenizer's gradients with a fixture's: norms `train.grad_norms`, whose names
/// `<facts>.json` lists, and whole gradients under `grad.`. Limits are shares of the norm itself and of the largest
/// element.
func expectGradients(
  of tokenizer: ImageTokenizer, matching fixture: FixtureFile, facts name: String, within limit: Float
) throws {
  let url = FixtureFile.folder.appending(path: name + ".json")
  let facts = try JSONDecoder().decode(GradientFacts.self, from: Data(contentsOf: url))
  let parameters = Dictionary(uniqueKeysWithValues: tokenizer.parameters.map { ($0.name, $0) })
  #expect(facts.names.count == parameters.count)
  let norms = fixture.floats("train.grad_norms")
  let whole = norms.reduce(0) { $0 + $1 * $1 }.squareRoot()
  for (name, norm) in zip(facts.names, norms) {
    let parameter = try #require(parameters[name])
    let found = Float(dot(parameter.gradient, parameter.gradient).squareRoot())
    if norm < 1e-7 * whole {
      // A bias before a norm, or of keys: nothing depends on it, and only rounding is left.
      #expect(found < 1e-7 * whole, "\(name): \(found) of \(whole)")
      continue
    }
    expectAgreement("gradient norm of \(name)", [found], [norm], within: limit)
  }
  let wholeGradients = fixture.keys.filter { $0.hasPrefix("grad.") }
  #expect(wholeGradients.count == 11)
  for key in wholeGradients {
    let parameter = try #require(parameters[String(key.dropFirst(5))])
    expectAgreement("\(key)", parameter.gradient.values, fixture.floats(key), within: limit)
  }
}

private struct GradientFacts: Decodable {
  let names: [String]
  enum CodingKeys: String, CodingKey { case names = "grad_norm_names" }
}
