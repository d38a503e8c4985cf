/// The features of a set of images: one row of `dimension` finite numbers per image.
public struct FeatureSet: Sendable, Equatable {
  /// What messages call the set, such as "generated images".
  public let name: String
  public let dimension: Int
  /// Row-major values, `count` × `dimension`.
  public let values: [Float]

  /// The number of images.
  public var count: Int { values.count / dimension }

  /// - Throws: `MetricError.wrongShape` when the values do not fill whole rows, `MetricError.notFinite`
  ///   naming the
  ///   first image with NaN or infinity.
  public init(_ name: String, dimension: Int, values: [Float]) throws {
    guard dimension > 0, values.count % dimension == 0 else {
      let rows = dimension > 0 ? values.count / dimension : 0
      throw MetricError.wrongShape(set: name, expected: (rows + 1) * max(dimension, 1), found: values.count)
    }
    if let bad = values.firstIndex(where: { !$0.isFinite }) {
      throw MetricError.notFinite(
        set: name, image: bad / dimension, feature: bad % dimension, found: values[bad])
    }
    self.name = name
    self.dimension = dimension
    self.values = values
  }

  private init(checked name: String, dimension: Int, values: [Float]) {
    self.name = name
    self.dimension = dimension
    self.values = values
  }

  /// The images at the given positions, in that order. Positions must be inside 0..<count.
  public func selecting(_ positions: some Sequence<Int>) -> FeatureSet {
    var chosen = [Float]()
    for position in positions {
      chosen.append(contentsOf: values[position * dimension..<(position + 1) * dimension])
    }
    return FeatureSet(checked: name, dimension: dimension, values: chosen)
  }

  /// The images of `a`, then those of `b`, which have the same dimension.
  static func joining(_ a: FeatureSet, _ b: FeatureSet) -> FeatureSet {
    FeatureSet(checked: a.name, dimension: a.dimension, values: a.values + b.values)
  }

  /// The same features under another name.
  public func named(_ name: String) -> FeatureSet {
    FeatureSet(checked: name, dimension: dimension, values: values)
  }

  /// Throws unless both sets have the same width and at least `needed` images.
  static func check(
    _ metric: String, generated: FeatureSet, reference: FeatureSet, needed: Int
  ) throws {
    guard generated.dimension == reference.dimension else {
      throw MetricError.dimensionsDiffer(generated: generated.dimension, reference: reference.dimension)
    }
    for set in [generated, reference] where set.count < needed {
      throw MetricError.tooFewImages(metric: metric, set: set.name, found: set.count, needed: needed)
    }
  }
}
