import Layers

extension AdamW {
  /// The moments as named tensors, so that a checkpoint saves and loads them like weights: `<name>.first` and
  /// `<name>.second`.
  public var momentParameters: [Parameter] {
    zip(parameters, moments).flatMap { parameter, moments in
      [
        Parameter(parameter.name + ".first", moments.first),
        Parameter(parameter.name + ".second", moments.second),
      ]
    }
  }
}
