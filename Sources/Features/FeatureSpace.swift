/// What features are coordinates in: everything about their making that changes the numbers.
///
/// Its text is what feature shards carry, as their `extractor`: layers joined by "+", the resizer, the hash of the
/// weights. Distances are measured within one space only and carry its name.
public struct FeatureSpace: Equatable, Sendable, CustomStringConvertible {
  /// A part of the features that is compared by itself; its name ends with its dimension.
  public struct Layer: Equatable, Sendable {
    public let name: String
    /// Features of an image.
    public var dimension: Int { name.split(separator: "-").last.flatMap { Int($0) } ?? 0 }

    /// - Parameter name: ends with the dimension, such as "lite0-1280".
    public init(name: String) { self.name = name }

    /// What a layer's features are good for.
    public enum Role: Sendable {
      /// Distances between sets of images.
      case features
      /// Distances between sets that keep where things are in an image (sFID).
      case spatial
      /// The inception score.
      case logits
    }

    /// What this layer's features are good for.
    public var role: Role {
      switch self {
      case Self.inceptionSpatial: .spatial
      case Self.inceptionLogits: .logits
      default: .features
      }
    }

    /// The network that the field calls Inception, by the date of its graph.
    public static let inception = InceptionV3.name
    /// The field's features "2048".
    public static let inceptionFeatures = Layer(name: InceptionV3.Layer.mean(.mixed7c).name)
    /// What sFID reads.
    public static let inceptionSpatial = Layer(name: InceptionV3.Layer.spatial.name)
    /// What the inception score reads.
    public static let inceptionLogits = Layer(name: InceptionV3.Layer.logitsWithoutBias.name)
  }

  public let layers: [Layer]
  /// How images were brought to the network's size, such as "pil-bicubic-224".
  public let resize: String
  /// SHA-256 of the weights file; empty where it is not known.
  public let weights: String

  /// - Parameters:
  ///   - layers: one at least, in the order in which their features stand in a row.
  ///   - resize: how images were brought to the network's size.
  ///   - weights: SHA-256 of the weights file, or empty.
  public init(layers: [Layer], resize: String, weights: String) {
    self.layers = layers
    self.resize = resize
    self.weights = weights
  }

  /// Features that a user supplies.
  public init(supplied name: String, dimension: Int) {
    self.init(layers: [Layer(name: "\(name)-\(dimension)")], resize: "as supplied", weights: "")
  }

  /// Reads the text back; nil if it has another form.
  public init?(_ text: String) {
    let parts = text.split(separator: ",").map { $0.trimmingPrefix(" ") }
    guard parts.count == 3, parts[2].hasPrefix("sha256:") else { return nil }
    layers = parts[0].split(separator: "+").map { Layer(name: String($0)) }
    resize = String(parts[1])
    weights = String(parts[2].dropFirst("sha256:".count))
    guard !layers.isEmpty, layers.allSatisfy({ $0.dimension > 0 }) else { return nil }
  }

  public var description: String {
    "\(layers.map(\.name).joined(separator: "+")), \(resize), sha256:\(weights)"
  }

  /// Features of an image, of all layers.
  public var dimension: Int { layers.reduce(0) { $0 + $1.dimension } }

  /// The name of a number, such as "FD(lite0-block10-112, pil-bicubic-224)".
  ///
  /// The field's bare words belong to Inception's own layers: there "FD" becomes "FID(inception-2015-12-05, …)",
  /// "KD" "KID", and the distance of spatial features "sFID".
  public func metric(_ symbol: String, _ layer: Layer) -> String {
    switch layer {
    case Layer.inceptionFeatures, Layer.inceptionLogits:
      let word = symbol.hasPrefix("FD") ? "FID" + symbol.dropFirst(2) : symbol
      let name = word.hasPrefix("KD") ? "KID" + word.dropFirst(2) : word
      return "\(name)(\(Layer.inception), \(resize))"
    case Layer.inceptionSpatial:
      return "s\(symbol.replacing("FD", with: "FID"))(\(Layer.inception), \(resize))"
    default: return "\(symbol)(\(layer.name), \(resize))"
    }
  }
}
