import Files

/// The tensors of a file are not those of the model, which `model` names: all differences at once.
public struct WeightsError: StageFailure, Equatable {
  let path: String
  let model: String
  let missing: [String]
  let unexpected: [String]
  let misshapen: [String]

  public init(
    path: String, of model: String = "the model", missing: [String], unexpected: [String], misshapen: [String]
  ) {
    self.path = path
    self.model = model
    self.missing = missing
    self.unexpected = unexpected
    self.misshapen = misshapen
  }

  public var exitCode: Int32 { 65 }

  public var description: String {
    "\(path) holds other weights than those of \(model): "
      + [("missing", missing), ("unexpected", unexpected), ("of another shape", misshapen)]
      .filter { !$0.1.isEmpty }.map { "\($0.1.count) \($0.0) (\(Self.few($0.1)))" }.joined(separator: ", ")
      + ". Give the weights of this architecture, or change the configuration to theirs."
  }

  private static func few(_ names: [String]) -> String {
    names.prefix(6).joined(separator: ", ") + (names.count > 6 ? ", …" : "")
  }
}
