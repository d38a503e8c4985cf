extension AnyOrderConfiguration {
  /// The sizes of the official RandAR models on ImageNet at 256x256 pixels, by name
  /// (pipeline/method/transformer.md §1).
  public static let official: [(name: String, sizes: AnyOrderConfiguration)] = [
    ("RandAR-B", 768, 12), ("RandAR-L", 1024, 24), ("RandAR-XL", 1280, 36), ("RandAR-XXL", 1536, 48),
  ].map { name, width, layers in
    let sizes = AnyOrderConfiguration(
      width: width, layers: layers, heads: width / 64, hidden: officialHidden(width: width), codes: 16_384,
      classes: 1000, gridHeight: 16, gridWidth: 16)
    return (name, sizes)
  }

  /// What people call a model of these sizes, such as "RandAR-L", or its sizes where none is official.
  public var title: String {
    let core = (width, layers, heads, hidden)
    guard let (name, sizes) = Self.official.first(where: { core == $0.sizes.core }) else {
      return "RandAR of no official size (width \(width), \(layers) layers, \(heads) heads, hidden \(hidden))"
    }
    return self == sizes
      ? name : "\(name) with \(codes) codes, \(classes) classes and \(gridHeight)x\(gridWidth) tokens"
  }

  private var core: (Int, Int, Int, Int) { (width, layers, heads, hidden) }
}
