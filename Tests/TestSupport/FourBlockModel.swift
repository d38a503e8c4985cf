import Models

/// A small model of four blocks whose head is not zero, so that threads meet and codes differ in confidence.
public enum FourBlockModel {
  public static let model: AnyOrderTransformer = {
    let model = AnyOrderTransformer(
      configuration: AnyOrderConfiguration(
        width: 48, layers: 4, heads: 3, hidden: 96, codes: 50, classes: 5, gridHeight: 4, gridWidth: 4))
    model.initialise(seed: 8)
    for index in 0..<model.head.weight.value.count {
      model.head.weight.value[index] = Float(index * 7919 % 1003) / 2000 - 0.25
    }
    return model
  }()
}

/// An order policy for the four-block model, whose head is not zero.
public enum SmallPolicy {
  public static let model: AnyOrderTransformer = {
    let sizes = OrderPolicyConfiguration(
      width: 24, layers: 2, heads: 2, hidden: 48, for: FourBlockModel.model.configuration)
    let model = AnyOrderTransformer(configuration: sizes.transformer)
    model.initialise(seed: 9)
    for (index, parameter) in model.parameters.enumerated() where parameter.value.rows > 1 {
      parameter.value.copy(
        from: randomTensor(parameter.value.shape, seed: UInt64(index), deviation: 0.4))
    }
    return model
  }()
}
