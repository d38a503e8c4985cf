/// Finds the weights in what a PyTorch file holds.
struct TensorDictionary {
  /// Keys under which training programs keep weights.
  static let usualKeys = ["model", "state_dict", "module", "ema"]

  /// Keys from the top, joined by dots; empty at the top.
  let key: String
  let tensors: [(name: String, tensor: TorchTensor)]

  /// The tensors at a key path, or the only ones at the top or under the usual keys.
  ///
  /// - Parameter key: keys joined by dots, which may themselves have dots; nil searches.
  /// - Throws: `FormatError.mismatch` if there is nothing, or more than one place, and says where tensors
  ///   are.
  init(in root: CheckpointValue, at key: String?, path: String) throws {
    if let key {
      guard let value = Self.value(at: key[...], in: root) else {
        throw Self.failure(path, expected: "tensors at the key '\(shown(key))'", "no such key", root)
      }
      guard let found = Self(value, key: key) else {
        throw Self.failure(path, expected: "tensors at the key '\(shown(key))'", "something else", root)
      }
      self = found
      return
    }
    if let found = Self(root, key: "") {
      self = found
      return
    }
    let candidates = Self.usual(in: root, key: "", depth: 0)
    guard candidates.count == 1 else {
      if candidates.isEmpty {
        let usual = Self.usualKeys.map { "'\($0)'" }.joined(separator: ", ")
        throw Self.failure(path, expected: "tensors at the top or under \(usual)", "none there", root)
      }
      throw FormatError.mismatch(
        path: path, expected: "one set of tensors, or a key (--key) that picks one",
        found: Self.listed(candidates))
    }
    self = candidates[0]
  }

  /// The tensors of a dictionary of tensors by name: at least one, and beside them at most what holds none,
  /// which is left out.
  private init?(_ value: CheckpointValue, key: String) {
    guard case .dictionary(let members) = value else { return nil }
    var tensors = [(name: String, tensor: TorchTensor)]()
    for member in members {
      if case .text(let name) = member.key, case .tensor(let tensor) = member.value {
        tensors.append((name, tensor))
      } else if Self.holdsTensors(member.value) {
        return nil
      }
    }
    guard !tensors.isEmpty else { return nil }
    self.key = key
    self.tensors = tensors.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }

  private static func holdsTensors(_ value: CheckpointValue) -> Bool {
    switch value {
    case .tensor: true
    case .list(let elements), .tuple(let elements): elements.contains(where: holdsTensors)
    case .dictionary(let members): members.contains { holdsTensors($0.value) }
    case .object(_, let state): holdsTensors(state)
    default: false
    }
  }

  /// Dictionaries of tensors under the usual keys, which may lie in each other.
  private static func usual(in value: CheckpointValue, key: String, depth: Int) -> [Self] {
    guard depth < 3 else { return [] }
    return usualKeys.flatMap { name -> [Self] in
      guard let inner = value[name] else { return [] }
      let path = key.isEmpty ? name : key + "." + name
      return Self(inner, key: path).map { [$0] } ?? usual(in: inner, key: path, depth: depth + 1)
    }
  }

  /// Every dictionary of tensors, at most seven.
  private static func all(in value: CheckpointValue, key: String, found: inout [Self]) {
    guard found.count < 7, case .dictionary(let members) = value else { return }
    if let dictionary = Self(value, key: key) {
      found.append(dictionary)
      return
    }
    for member in members {
      guard case .text(let name) = member.key else { continue }
      all(in: member.value, key: key.isEmpty ? name : key + "." + name, found: &found)
    }
  }

  /// The value at a path whose keys may have dots: the shortest key that leads on is taken.
  private static func value(at path: Substring, in value: CheckpointValue) -> CheckpointValue? {
    if let found = value[String(path)] { return found }
    for dot in path.indices where path[dot] == "." {
      if let inner = value[String(path[..<dot])] {
        return Self.value(at: path[path.index(after: dot)...], in: inner)
      }
    }
    return nil
  }

  private static func listed(_ found: [Self]) -> String {
    found.prefix(6).map { place in
      "\(place.tensors.count) at \(place.key.isEmpty ? "the top" : "'\(shown(place.key))'")"
    }
    .joined(separator: ", ") + (found.count > 6 ? ", …" : "")
  }

  private static func failure(
    _ path: String, expected: String, _ instead: String, _ root: CheckpointValue
  ) -> FormatError {
    var found = [Self]()
    all(in: root, key: "", found: &found)
    let places = found.isEmpty ? "no tensors by name at all" : "tensors elsewhere (--key): \(listed(found))"
    return .mismatch(path: path, expected: expected, found: "\(instead), and \(places)")
  }
}
