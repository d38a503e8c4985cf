import Metrics

/// One number for each of several generated sets.
struct Measured: Equatable, Sendable {
  let quantity: Quantity
  /// By generated set, as computed; Fréchet distances may be a hair below 0.
  let raw: [Double]
  /// By generated set, as printed.
  let values: [Double]
  /// Population deviation over subsets or splits, by generated set; empty for other metrics.
  let deviations: [Double]
  let detail: Detail

  /// What else a metric found, by generated set.
  enum Detail: Equatable, Sendable {
    case none
    /// Images of a subset.
    case subsets([Int])
    /// The score of every split.
    case splits([[Double]])
    /// The k of neighbourhoods.
    case neighbours(Int)
    /// What was extrapolated from; `shrinks` where the reference shrank with the generated set.
    case extrapolation([ExtrapolatedDistance], shrinks: Bool)
  }

  init(
    _ quantity: Quantity, raw: [Double], values: [Double]? = nil, deviations: [Double] = [],
    detail: Detail = .none
  ) {
    self.quantity = quantity
    self.raw = raw
    self.values = values ?? raw
    self.deviations = deviations
    self.detail = detail
  }
}
