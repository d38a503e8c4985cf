import Models
import Randomness

/// Tokenised images in memory, with the orders extracted for them when there are any.
public struct TokenDataset: Sendable {
  public var sampleIDs: [UInt64]
  public var labels: [UInt32]
  /// Codes in raster layout, (images, N).
  public var tokens: [UInt16]
  /// Locations in generation order, (images, N); empty when no orders were given.
  public var orders: [UInt16]
  public let locations: Int
  /// What images are drawn from in place of their classes; nil for a model of classes.
  public var captions: CaptionSet?

  public var count: Int { labels.count }

  public init(
    sampleIDs: [UInt64], labels: [UInt32], tokens: [UInt16], orders: [UInt16] = [], locations: Int,
    captions: CaptionSet? = nil
  ) {
    precondition(tokens.count == labels.count * locations && (orders.isEmpty || orders.count == tokens.count))
    self.sampleIDs = sampleIDs
    self.labels = labels
    self.tokens = tokens
    self.orders = orders
    self.locations = locations
    self.captions = captions
    precondition(captions.map { $0.count == labels.count } ?? true, "captions of other images")
  }

  /// Some of the images, with an order for each.
  /// - Parameter orders: (images, N).
  public func images(_ images: [Int], withOrders orders: [UInt16]) -> TokenDataset {
    TokenDataset(
      sampleIDs: images.map { sampleIDs[$0] }, labels: images.map { labels[$0] },
      tokens: images.flatMap { tokens[$0 * locations..<($0 + 1) * locations] }, orders: orders,
      locations: locations, captions: captions?.images(images))
  }

  /// What an image is drawn from: its class, or the one of its captions that orders are extracted for and likelihoods
  /// measured with.
  public func condition(of image: Int) -> Condition {
    captions?.condition(of: image, sample: sampleIDs[image]) ?? .label(Int(labels[image]))
  }

  /// The same, but any of its captions.
  /// - Parameter stream: draws one of several.
  func condition(of image: Int, drawnBy stream: inout RandomStream) -> Condition {
    captions?.condition(of: image, drawnBy: &stream) ?? .label(Int(labels[image]))
  }

  /// The codes of an image as the passes take them.
  public func codes(of image: Int) -> [Int] {
    tokens[image * locations..<(image + 1) * locations].map { Int($0) }
  }

  /// The extracted order of an image.
  public func order(of image: Int) -> [Int] {
    orders[image * locations..<(image + 1) * locations].map { Int($0) }
  }

  /// Writes the codes of an image to N values.
  func writeCodes(of image: Int, into codes: UnsafeMutableBufferPointer<Int>) {
    Self.write(tokens, from: image * locations, into: codes)
  }

  /// Writes the extracted order of an image to N values.
  func writeOrder(of image: Int, into order: UnsafeMutableBufferPointer<Int>) {
    Self.write(orders, from: image * locations, into: order)
  }

  private static func write(
    _ values: [UInt16], from start: Int, into target: UnsafeMutableBufferPointer<Int>
  ) {
    for index in target.indices { target[index] = Int(values[start + index]) }
  }
}
