import Metrics

/// Orders along which images are drawn and likelihoods measured.
enum PredictionOrders {
  /// The orders that every model is asked along or draws in.
  static let usual = ["raster", "random", "greedy"]

  /// Orders as they are shown: the usual ones first, others by name.
  static func sorted(_ names: some Sequence<String>) -> [String] {
    let names = Set(names)
    return usual.filter(names.contains) + names.subtracting(usual).sorted()
  }
}

extension Summary {
  /// Of values by seed or by training, in that sequence, on which the last bits depend.
  init(inSequence values: [UInt64: Double]) {
    self.init(of: values.sorted { $0.key < $1.key }.map(\.value))
  }
}
