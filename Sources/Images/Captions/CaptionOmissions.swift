import Files

/// What is left out of a captioned data set, counted, where that was asked for; else the first of it is an error.
package struct CaptionOmissions {
  /// Why something is left out.
  enum Reason: CaseIterable {
    case withoutCaption, badCaption, badPicture, withoutPicture, badRow

    fileprivate func sentence(_ count: Int, _ example: String) -> String {
      let isOne = count == 1
      return switch self {
      case .withoutCaption:
        "\(count) picture\(isOne ? "" : "s") without a caption \(isOne ? "is" : "are") skipped, such as \(example)."
      case .badCaption:
        "\(count) picture\(isOne ? "" : "s") with a caption that cannot be read \(isOne ? "is" : "are") skipped, "
          + "such as that of \(example)."
      case .badPicture:
        "\(count) picture\(isOne ? "" : "s") that cannot be read \(isOne ? "is" : "are") skipped, such as \(example)."
      case .withoutPicture:
        "\(count) caption\(isOne ? "" : "s") without a picture \(isOne ? "is" : "are") skipped, such as \(example)."
      case .badRow:
        "\(count) row\(isOne ? "" : "s") that cannot be read \(isOne ? "is" : "are") skipped, such as \(example)."
      }
    }
  }

  private struct Found {
    var count = 0
    let example: String
  }

  let areAllowed: Bool
  private var found = [Reason: Found]()
  private var repairs: Found?

  package init(areAllowed: Bool) { self.areAllowed = areAllowed }

  /// Leaves something out.
  /// - Parameter example: what the warning shows: a file, or a row of one.
  /// - Throws: the error, where nothing may be left out.
  mutating func leaveOut(_ reason: Reason, _ example: String, _ error: CaptionError) throws {
    guard areAllowed else { throw error }
    count(reason, example)
  }

  /// Whether a picture can be decoded; asked only where those that cannot are left out.
  /// - Throws: what lies with the machine or the build instead of the picture.
  mutating func isSound(_ location: PictureLocation) throws -> Bool {
    guard areAllowed else { return true }
    do {
      _ = try location.decoded()
      return true
    } catch let error as ImageError {
      guard error.exitCode == 65 || error.exitCode == 66, error != .withoutJPEG(path: location.path) else {
        throw error
      }
      count(.badPicture, location.path)
      return false
    }
  }

  /// Notes bytes that were no UTF-8.
  mutating func repaired(_ path: String) {
    repairs = Found(count: (repairs?.count ?? 0) + 1, example: repairs?.example ?? path)
  }

  private mutating func count(_ reason: Reason, _ example: String) {
    found[reason, default: Found(example: example)].count += 1
  }

  /// One sentence for each reason.
  var warnings: [String] {
    Reason.allCases.compactMap { reason in found[reason].map { reason.sentence($0.count, $0.example) } }
      + (repairs.map {
        [
          "Bytes that are not UTF-8 were replaced by U+FFFD in \($0.count) captions, such as in \($0.example)."
        ]
      } ?? [])
  }
}
