extension JSONValue {
  /// Canonical text: one line, keys sorted by their UTF-8 bytes, no spaces, the shortest digits that read
  /// back to the same number. JSON has no infinities and no NaN; they become null.
  public var text: String {
    var result = ""
    write(into: &result, indent: nil)
    return result
  }

  /// The same with sorted keys on lines of their own, for people.
  public var prettyText: String {
    var result = ""
    write(into: &result, indent: 0)
    return result
  }

  private func write(into out: inout String, indent: Int?) {
    switch self {
    case .null: out += "null"
    case .bool(let value): out += value ? "true" : "false"
    case .integer(let value): out += String(value)
    case .unsigned(let value): out += String(value)
    case .number(let value): out += value.isFinite ? value.description : "null"
    case .string(let value): Self.write(value, into: &out)
    case .array(let elements):
      let scalars = !elements.contains { $0.array != nil || $0.object != nil }
      Self.write(elements.count, ["[", "]"], into: &out, indent: scalars ? nil : indent) {
        index, out, inner in
        elements[index].write(into: &out, indent: inner)
      }
    case .object(let members):
      let sorted = members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
      Self.write(sorted.count, ["{", "}"], into: &out, indent: indent) { index, out, inner in
        Self.write(sorted[index].key, into: &out)
        out += inner == nil ? ":" : ": "
        sorted[index].value.write(into: &out, indent: inner)
      }
    }
  }

  private static func write(
    _ count: Int, _ brackets: [String], into out: inout String, indent: Int?,
    element: (Int, inout String, Int?) -> Void
  ) {
    out += brackets[0]
    let inner = indent.map { $0 + 2 }
    for index in 0..<count {
      if index > 0 { out += "," }
      if let inner { out += "\n" + String(repeating: " ", count: inner) }
      element(index, &out, inner)
    }
    if let indent, count > 0 { out += "\n" + String(repeating: " ", count: indent) }
    out += brackets[1]
  }

  private static func write(_ string: String, into out: inout String) {
    out += "\""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": out += "\\\""
      case "\\": out += "\\\\"
      case "\n": out += "\\n"
      case "\r": out += "\\r"
      case "\t": out += "\\t"
      case let control where control.value < 0x20:
        out += "\\u00" + hexadecimal([UInt8(control.value)])
      default: out.unicodeScalars.append(scalar)
      }
    }
    out += "\""
  }
}
