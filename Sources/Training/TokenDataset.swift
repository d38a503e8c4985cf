import Models

/// Tokenised images in memory, with the orders extracted for them when there are any.
public struct TokenDataset: Sendable {
  public var sampleIDs: [UInt64]
  public var labels: [Int32]
  /// Codes in raster layout, (images, N).
  public var tokens: [UInt16]
  /// Locations in generation order, (images, N); empty when no orders were given.
  public var orders: [UInt16]
  public let locations: Int

  public var count: Int { labels.count }

  public init(sampleIDs: [UInt64], labels: [Int32], tokens: [UInt16], orders: [UInt16] = [], locations: Int) {
    precondition(tokens.count == labels.count * locations && (orders.isEmpty || orders.count == tokens.count))
    self.sampleIDs = sampleIDs
    self.labels = labels
    self.tokens = tokens
    self.orders = orders
    self.locations = locations
  }

  /// The codes of an image as the passes take them.
  public func codes(of image: Int) -> [Int32] {
    tokens[image * locations..<(image + 1) * locations].map(Int32.init)
  }

  /// The extracted order of an image.
  public func order(of image: Int) -> [Int32] {
    orders[image * locations..<(image + 1) * locations].map(Int32.init)
  }
}
