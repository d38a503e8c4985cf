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
  }

  let layers: [Layer]
  let resize: String
  /// SHA-256 of the weights file; empty where it is not known.
  let weights: String

  init(layers: [EfficientNetLite0.Layer], weights: String) {
    self.layers = layers.map { Layer(name: $0.name) }
    resize = EfficientNetLite0.resize
    self.weights = weights
  }

  /// Features that a user supplies.
  init(supplied name: String, dimension: Int) {
    layers = [Layer(name: "\(name)-\(dimension)")]
    resize = "as supplied"
    weights = ""
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
  func metric(_ symbol: String, _ layer: Layer) -> String { "\(symbol)(\(layer.name), \(resize))" }
}
