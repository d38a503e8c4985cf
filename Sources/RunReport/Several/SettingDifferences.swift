import Files

/// The settings in which two runs differ, by their full keys, such as `distill.steps`.
struct SettingDifferences {
  struct Entry: Equatable {
    let key: String
    /// Nil where a run has no such setting.
    let a: JSONValue?
    let b: JSONValue?
  }

  /// Sorted by key. Lists are compared as a whole.
  let entries: [Entry]

  init(_ a: JSONValue, _ b: JSONValue) {
    let (left, right) = (Self.flat(a), Self.flat(b))
    entries = Set(left.keys).union(right.keys).sorted().compactMap { key in
      left[key] == right[key] ? nil : Entry(key: key, a: left[key], b: right[key])
    }
  }

  private static func flat(_ value: JSONValue, _ key: String = "") -> [String: JSONValue] {
    guard let members = value.object else { return key.isEmpty ? [:] : [key: value] }
    return members.reduce(into: [:]) { found, member in
      let below = flat(member.value, key.isEmpty ? member.key : "\(key).\(member.key)")
      found.merge(below) { first, _ in first }
    }
  }
}
