/// What decoders noted about some pictures: every note once, with the number of pictures that it holds for.
public struct DecodingRemarks: Sendable, Equatable {
  private struct Remark: Sendable, Equatable {
    let note: DecodedImage.Note
    /// The first picture that it holds for.
    let path: String
    var count: Int
  }

  private var remarks = [Remark]()
  private var pictures = 0

  public init() {}

  mutating func add(_ notes: [DecodedImage.Note], of path: String) {
    pictures += 1
    for note in notes { add(Remark(note: note, path: path, count: 1)) }
  }

  /// Adds those of further pictures.
  public mutating func add(_ others: DecodingRemarks) {
    pictures += others.pictures
    for remark in others.remarks { add(remark) }
  }

  private mutating func add(_ remark: Remark) {
    if let place = remarks.firstIndex(where: { $0.note == remark.note }) {
      remarks[place].count += remark.count
    } else {
      remarks.append(remark)
    }
  }

  /// One sentence for each, in the sequence in which they were met.
  public var sentences: [String] {
    remarks.map { remark in
      let place =
        remark.count == 1 ? remark.path : "\(remark.count) of \(pictures) images, such as \(remark.path)"
      return "In \(place), \(remark.note)."
    }
  }
}
