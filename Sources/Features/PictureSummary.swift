import Files
import Images

/// What was met while images were read: what a reader of their scores must know. Kept beside cached features,
/// so that a second run says the same.
public struct PictureSummary: Codable, Equatable, Sendable {
  /// The first image that a note is about, and how many there are.
  struct Note: Codable, Equatable, Sendable {
    let first: String
    var count: Int
  }

  /// Images.
  public private(set) var count = 0
  /// How many images have a size, such as "256x256".
  private var sizes: [String: Int] = [:]
  /// How many images have a file format.
  private var formats: [String: Int] = [:]
  private var notes: [String: Note] = [:]

  /// Of no images.
  public init() {}

  /// Adds an image of a file format, empty where there is no file.
  public mutating func add(_ picture: DecodedImage, format: String, name: String) {
    count += 1
    sizes["\(picture.image.width)x\(picture.image.height)", default: 0] += 1
    if !format.isEmpty { formats[format, default: 0] += 1 }
    for note in picture.notes { notes["\(note)", default: Note(first: name, count: 0)].count += 1 }
  }

  /// What is odd about one set of images.
  public func warnings(for path: String) -> [String] {
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
  public func warnings(against other: PictureSummary, _ path: String, _ otherPath: String) -> [String] {
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
