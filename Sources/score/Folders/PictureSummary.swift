import Files
import Images

/// What was met while images were read: what a reader of their scores must know. Kept beside cached features,
/// so that a second run says the same.
struct PictureSummary: Equatable {
  /// How many images have a size, such as "256x256".
  private(set) var sizes: [String: Int] = [:]
  /// How many images have a file format.
  private(set) var formats: [String: Int] = [:]
  /// A note, the first image that it is about, and how many there are.
  private(set) var notes: [String: (first: String, count: Int)] = [:]
  private(set) var count = 0

  mutating func add(_ picture: DecodedImage, format: String, name: String) {
    count += 1
    sizes["\(picture.image.width)x\(picture.image.height)", default: 0] += 1
    if !format.isEmpty { formats[format, default: 0] += 1 }
    for note in picture.notes {
      notes["\(note)", default: (name, 0)].count += 1
    }
  }

  /// What is odd about one set of images.
  func warnings(for path: String) -> [String] {
    var found = notes.sorted { $0.key < $1.key }.map { note, images in
      "In \(grouped(images.count)) of \(grouped(count)) images of \(path), such as \(images.first), \(note)."
    }
    if sizes.count > 1 {
      let list = sizes.sorted { ($0.value, $1.key) > ($1.value, $0.key) }
      let shown = list.prefix(4).map { "\($0.key) (\(grouped($0.value)))" }.joined(separator: ", ")
      found.append(
        "The images of \(path) have \(sizes.count) sizes: \(shown)\(list.count > 4 ? ", …" : ""). Each was "
          + "resized by itself.")
    }
    return found
  }

  /// What makes distances between two sets measure something else than the generator.
  func warnings(against other: PictureSummary, _ path: String, _ otherPath: String) -> [String] {
    var found = [String]()
    if !sizes.isEmpty, !other.sizes.isEmpty, Set(sizes.keys) != Set(other.sizes.keys),
      sizes.count == 1 || other.sizes.count == 1
    {
      found.append(
        "Images of \(path) are \(Self.list(sizes)) and those of \(otherPath) \(Self.list(other.sizes)): the "
          + "distances also measure the resampling.")
    }
    if !formats.isEmpty, !other.formats.isEmpty, Set(formats.keys) != Set(other.formats.keys) {
      found.append(
        "\(path) holds \(Self.list(formats)) and \(otherPath) \(Self.list(other.formats)) files: the distances "
          + "also measure the compression.")
    }
    return found
  }

  private static func list(_ counts: [String: Int]) -> String {
    let names = counts.keys.sorted()
    return names.prefix(3).joined(separator: ", ") + (names.count > 3 ? ", …" : "")
  }
}

extension PictureSummary {
  var json: JSONValue {
    [
      "count": .integer(count), "sizes": .object(sizes.mapValues(JSONValue.integer)),
      "formats": .object(formats.mapValues(JSONValue.integer)),
      "notes": .object(
        notes.mapValues { ["first": .string($0.first), "count": .integer($0.count)] }),
    ]
  }

  /// Reads back what `json` says; nil if it is anything else.
  init?(json: JSONValue) {
    func counts(_ key: String) -> [String: Int]? { json[key]?.object?.compactMapValues(\.int) }
    guard let count = json["count"]?.int, let sizes = counts("sizes"), let formats = counts("formats"),
      let notes = json["notes"]?.object
    else { return nil }
    self.count = count
    self.sizes = sizes
    self.formats = formats
    self.notes = notes.compactMapValues { note in
      guard let first = note["first"]?.string, let count = note["count"]?.int else { return nil }
      return (first, count)
    }
    guard self.notes.count == notes.count else { return nil }
  }

  static func == (left: Self, right: Self) -> Bool { left.json == right.json }
}
