/// The height and width of an image on its way through a network.
public struct PlaneExtent: Equatable, Sendable {
  public var height, width: Int
  public var pixels: Double { Double(height * width) }

  public init(height: Int, width: Int) {
    self.height = height
    self.width = width
  }
}

/// Layers without products cost nothing and keep the extent.
extension ImageLayer {
  public func operations(_ extent: inout PlaneExtent) -> Double { 0 }
}

extension LayerSequence {
  public func operations(_ extent: inout PlaneExtent) -> Double {
    layers.reduce(0) { $0 + $1.operations(&extent) }
  }
}

extension Convolution {
  public func operations(_ extent: inout PlaneExtent) -> Double {
    extent = PlaneExtent(
      height: (extent.height + padding.top + padding.bottom - kernel) / stride + 1,
      width: (extent.width + padding.left + padding.right - kernel) / stride + 1)
    return 2 * Double(weight.value.count) * extent.pixels
  }
}

extension ResidualBlock {
  public func operations(_ extent: inout PlaneExtent) -> Double {
    var straight = extent
    return body.operations(&extent) + (shortcut?.operations(&straight) ?? 0)
  }
}

extension SpatialAttention {
  public func operations(_ extent: inout PlaneExtent) -> Double {
    let projections = [query, key, value, projection].reduce(0) { $0 + $1.operations(&extent) }
    return projections + 4 * extent.pixels * extent.pixels * Double(query.inputs)
  }
}

extension NearestUpsample {
  public func operations(_ extent: inout PlaneExtent) -> Double {
    extent = PlaneExtent(height: 2 * extent.height, width: 2 * extent.width)
    return 0
  }
}
