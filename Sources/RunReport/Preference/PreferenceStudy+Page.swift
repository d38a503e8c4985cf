import Comparison
import Files
import Reporting
import StageKit

extension PreferenceStudy {
  /// The page that shows the study, with its id.
  public func page() throws -> PreferencePage {
    var members = try JSONValue(record: self).object ?? [:]
    members["id"] = .string(try id())
    return PreferencePage(question: question, study: JSONValue.object(members).text)
  }

  /// Reads the study back from its page.
  /// - Throws: exit code 65 for another file and for a page that was changed.
  public init(page path: String) throws {
    let text = String(decoding: try ReadableFile.bytes(of: path), as: UTF8.self)
    guard let data = PreferencePage.study(in: text), let json = try? JSONValue(parsing: data),
      let study: PreferenceStudy = try? json.record(), study.arms.count == 2
    else {
      throw StageError(
        .badData,
        "\(path) is no page of a preference study: give one that 'score preference page' wrote.")
    }
    self = study
    let found = try id()
    guard json["id"]?.string == found else {
      throw StageError(
        .badData,
        "\(path) was changed: expected the study \(json["id"]?.text ?? "without an id"), found \(found). Give the "
          + "page as 'score preference page' wrote it.")
    }
  }
}
