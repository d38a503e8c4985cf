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
      tokens: fixture.ints("in.tokens").map(Int32.init), labels: fixture.ints("in.labels").map(Int32.init),
      orders: fixture.ints("in.order").map(Int32.init))
  }
}

/// The largest absolute difference of two equally long lists; infinite when lengths differ.
public func largestDifference(_ a: [Float], _ b: [Float]) -> Float {
  guard a.count == b.count else { return .infinity }
  return zip(a, b).reduce(0) { max($0, abs($1.0 - $1.1)) }
}
