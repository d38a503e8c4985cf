import Foundation
import Kernels
import Models

/// The model and batch of `randar-a.safetensors`, made by the official RandAR code.
public enum RandARFixture {
  public static let configuration = AnyOrderConfiguration(
    width: 64, layers: 2, heads: 4, hidden: 256, codes: 32, classes: 10, gridHeight: 4, gridWidth: 4)

  public static func model(_ fixture: FixtureFile) throws -> AnyOrderTransformer {
    let model = AnyOrderTransformer(configuration: configuration)
    for parameter in model.parameters {
      let values = fixture.floats("w." + parameter.name)
      for (index, value) in values.enumerated() { parameter.value[index] = value }
    }
    return model
  }

  public static func batch(_ fixture: FixtureFile) -> AnyOrderBatch {
    AnyOrderBatch(
      tokens: fixture.ints("in.tokens"), labels: fixture.ints("in.labels"),
      orders: fixture.ints("in.order"))
  }
}

/// What bfloat16 may cost on `randar-a`: twice what it costs PyTorch there (`randar-a-bfloat16.json`). Two roundings
/// to the same precision in another order differ from the exact number by as much, and hardly by twice as much.
public struct RandARRounding: Decodable, Sendable {
  private struct File: Decodable { let errors: RandARRounding }

  /// The largest error, as a share of the largest logit.
  public let logits: Float
  /// Of a token's loss, in nats, on average over the batch.
  public let loss: Float
  /// The length of a gradient's error as a share of the gradient's length, the worst parameter's.
  public let gradient: Float
  /// Of a probability.
  public let confidence: Float
  /// In nats a token.
  public let logLikelihood: Float

  enum CodingKeys: String, CodingKey {
    case logits, loss, gradient, confidence
    case logLikelihood = "log_likelihood"
  }

  /// The limits of bfloat16.
  public static func limits() throws -> RandARRounding {
    let url = FixtureFile.folder.appending(path: "randar-a-bfloat16.json")
    let errors = try JSONDecoder().decode(File.self, from: Data(contentsOf: url)).errors
    return RandARRounding(
      logits: 2 * errors.logits, loss: 2 * errors.loss, gradient: 2 * errors.gradient,
      confidence: 2 * errors.confidence, logLikelihood: 2 * errors.logLikelihood)
  }

  private init(logits: Float, loss: Float, gradient: Float, confidence: Float, logLikelihood: Float) {
    self.logits = logits
    self.loss = loss
    self.gradient = gradient
    self.confidence = confidence
    self.logLikelihood = logLikelihood
  }
}

/// The largest absolute difference of two equally long lists; infinite when lengths differ.
public func largestDifference(_ a: [Float], _ b: [Float]) -> Float {
  guard a.count == b.count else { return .infinity }
  return zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) }
}
