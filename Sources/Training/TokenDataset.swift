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

  /// What an image is drawn from: its class.
  public func condition(of image: Int) -> Condition { .label(Int(labels[image])) }

  /// The codes of an image as the passes take them.
  public func codes(of image: Int) -> [Int32] {
    tokens[image * locations..<(image + 1) * locations].map(Int32.init)
  }

  /// The extracted order of an image.
  public func order(of image: Int) -> [Int32] {
    orders[image * locations..<(image + 1) * locations].map(Int32.init)
  }

  /// Writes the codes of an image to N values.
  func writeCodes(of image: Int, into codes: UnsafeMutableBufferPointer<Int32>) {
    Self.write(tokens, from: image * locations, into: codes)
  }

  /// Writes the extracted order of an image to N values.
  func writeOrder(of image: Int, into order: UnsafeMutableBufferPointer<Int32>) {
    Self.write(orders, from: image * locations, into: order)
  }

  private static func write(
    _ values: [UInt16], from start: Int, into target: UnsafeMutableBufferPointer<Int32>
  ) {
    for index in target.indices { target[index] = Int32(values[start + index]) }
  }
}
