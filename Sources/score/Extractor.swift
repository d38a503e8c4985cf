import Metrics

/// What turned images into features, with everything that changes the numbers.
///
/// Its text is what feature shards carry: layers joined by "+", the resizer, the hash of the weights.
/// Distances are measured between equal extractors only and carry its name.
struct Extractor: Equatable, CustomStringConvertible {
  /// A part of the features that is compared by itself; its name ends with its dimension.
  struct Layer: Equatable {
    let name: String
    var dimension: Int { name.split(separator: "-").last.flatMap { Int($0) } ?? 0 }

    /// What a layer's features are good for.
    enum Role {
      /// Distances between sets of images.
      case features
      /// Distances between sets that keep where things are in an image (sFID).
      case spatial
      /// The inception score.
      case logits
    }

    var role: Role {
      switch self {
      case Self.inceptionSpatial: .spatial
      case Self.inceptionLogits: .logits
      default: .features
      }
    }

    /// The network that the field calls Inception, by the date of its graph.
    static let inception = InceptionV3.name
    static let inceptionFeatures = Layer(name: InceptionV3.Layer.mean(.mixed7c).name)
    static let inceptionSpatial = Layer(name: InceptionV3.Layer.spatial.name)
    static let inceptionLogits = Layer(name: InceptionV3.Layer.logitsWithoutBias.name)
  }

  let layers: [Layer]
  let resize: String
  /// SHA-256 of the weights file; empty where it is not known.
  let weights: String

  init(layers: [Layer], resize: String, weights: String) {
    self.layers = layers
    self.resize = resize
    self.weights = weights
  }

  init(layers: [EfficientNetLite0.Layer], weights: String) {
    self.init(
      layers: layers.map { Layer(name: $0.name) }, resize: EfficientNetLite0.resize, weights: weights)
  }

  /// Features that a user supplies.
  init(supplied name: String, dimension: Int) {
    self.init(layers: [Layer(name: "\(name)-\(dimension)")], resize: "as supplied", weights: "")
  }

  /// Reads the text back; nil if it has another form.
  init?(_ text: String) {
    let parts = text.split(separator: ",").map { $0.trimmingPrefix(" ") }
    guard parts.count == 3, parts[2].hasPrefix("sha256:") else { return nil }
    layers = parts[0].split(separator: "+").map { Layer(name: String($0)) }
    resize = String(parts[1])
    weights = String(parts[2].dropFirst("sha256:".count))
    guard !layers.isEmpty, layers.allSatisfy({ $0.dimension > 0 }) else { return nil }
  }

  var description: String { "\(layers.map(\.name).joined(separator: "+")), \(resize), sha256:\(weights)" }

  var dimension: Int { layers.reduce(0) { $0 + $1.dimension } }

  /// The name of a number, such as "FD(lite0-block10-112, pil-bicubic-224)".
  ///
  /// The field's bare words belong to Inception's own layers: there "FD" becomes "FID(inception-2015-12-05, …)",
  /// "KD" "KID", and the distance of spatial features "sFID".
  func metric(_ symbol: String, _ layer: Layer) -> String {
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
