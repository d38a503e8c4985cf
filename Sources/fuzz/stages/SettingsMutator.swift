import Files
import Foundation
import Randomness

/// Changes JSON at random: values, types, keys that are missing, unknown or there twice.
struct SettingsMutator {
  private static let mark = "@@ changed @@"
  private var random: RandomStream
  /// Raw JSON for each mark, in the sequence of the marks.
  private var pieces: [String] = []

  init(_ random: RandomStream) { self.random = random }

  /// The text of a value after one to three changes; most are of one.
  mutating func changed(_ value: JSONValue) -> String {
    pieces = []
    var value = value
    for _ in 0..<(random.below(4) == 0 ? 2 + random.below(2) : 1) { value = change(value) }
    var text = value.text
    for (index, piece) in pieces.enumerated() {
      text = text.replacing("\"\(Self.mark)\(index)\"", with: piece)
    }
    switch random.below(60) {
    case 0: return String(text.prefix(random.below(max(text.utf8.count, 1))))
    case 1: return text + text
    default: return text
    }
  }

  /// A value after one change of the same sort, for what is no file of JSON.
  mutating func changedValue(_ value: JSONValue) -> JSONValue {
    for _ in 0..<20 {
      if let changed = try? JSONValue(parsing: Array(changed(value).utf8)) { return changed }
    }
    return value
  }

  private mutating func change(_ value: JSONValue) -> JSONValue {
    switch value {
    case .object(var members) where !members.isEmpty && random.below(24) != 0:
      let key = members.keys.sorted()[random.below(members.count)]
      switch random.below(16) {
      case 0: members[key] = nil
      case 1: members[random.below(2) == 0 ? "unknown" : key.uppercased()] = members[key]
      case 2 where !isMark(members[key]):
        // The key twice: the second follows in the first one's value.
        let first = members[key]?.text ?? "null"
        members[key] = raw(first + ",\"\(key)\":" + OddValues.any(OddValues.settings, &random))
      default: members[key] = change(members[key] ?? .null)
      }
      return .object(members)
    case .array(var elements) where !elements.isEmpty && random.below(3) != 0:
      let index = random.below(elements.count)
      switch random.below(4) {
      case 0: elements.remove(at: index)
      case 1: elements += [JSONValue](repeating: elements[index], count: 1 + random.below(3000))
      default: elements[index] = change(elements[index])
      }
      return .array(elements)
    case .string(let text) where text.hasPrefix(Self.mark): return value
    case .string where random.below(3) == 0: return .string(OddValues.any(OddValues.texts, &random))
    case .integer(let number) where random.below(4) == 0:
      let other = [number &+ 1, number &- 1, number &* 1000, -number, number / 2][random.below(5)]
      return .integer(other)
    default: return raw(OddValues.any(OddValues.settings, &random))
    }
  }

  private func isMark(_ value: JSONValue?) -> Bool {
    guard let value else { return true }
    return value.text.contains(Self.mark)
  }

  private mutating func raw(_ text: String) -> JSONValue {
    pieces.append(text)
    return .string("\(Self.mark)\(pieces.count - 1)")
  }
}
