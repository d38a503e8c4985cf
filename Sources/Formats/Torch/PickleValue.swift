/// A value while a pickle is read.
///
/// Containers lie in the machine's arena and are named by their place there, so that ones that hold each
/// other, or nest a million deep, are plain numbers here.
enum PickleValue {
  case none
  case bool(Bool)
  case integer(Int)
  /// An integer of more than 64 bits: two's complement, little endian.
  case long([UInt8])
  case number(Double)
  case text(String)
  case bytes([UInt8])
  /// A Python object known by name, `module.name`; nothing is ever called.
  case global(String)
  case container(Int)
  indirect case storage(TorchStorage)
  indirect case tensor(TorchTensor)
}

/// What lies in the arena.
enum PickleContainer {
  case tuple([PickleValue])
  /// A list or a set.
  case list([PickleValue])
  /// In the sequence of insertion; a key may occur again and then its last value counts.
  case dictionary([(key: PickleValue, value: PickleValue)])
  /// An object of a class that is only data, with its attributes.
  case object(name: String, state: PickleValue)
}

/// A value of a PyTorch file: what Python would give, without Python.
public indirect enum CheckpointValue: Equatable, Sendable {
  case none
  case bool(Bool)
  case integer(Int)
  /// An integer of more than 64 bits: two's complement, little endian.
  case long([UInt8])
  case number(Double)
  case text(String)
  case bytes([UInt8])
  case list([CheckpointValue])
  case tuple([CheckpointValue])
  /// In the file's sequence; keys of text differ.
  case dictionary([Member])
  case tensor(TorchTensor)
  /// A storage without a tensor around it.
  case storage(TorchStorage)
  /// Something that is known by name alone, such as `torch.float32`.
  case name(String)
  /// An object that is only data, such as `argparse.Namespace`, and its attributes.
  case object(name: String, state: CheckpointValue)

  /// A key of a dictionary and its value.
  public struct Member: Equatable, Sendable {
    public let key: CheckpointValue
    public let value: CheckpointValue

    public init(_ key: CheckpointValue, _ value: CheckpointValue) {
      self.key = key
      self.value = value
    }
  }

  /// The value of a key of text, or nil.
  public subscript(_ key: String) -> CheckpointValue? {
    guard case .dictionary(let members) = self else { return nil }
    return members.first { $0.key == .text(key) }?.value
  }
}

/// Turns the arena of a pickle into nested values, refusing what has no end.
struct PickleTree {
  /// No checkpoint nests deeper; recursion stays this shallow.
  static let deepest = 100
  /// Values of one file, where one that is shared counts as often as it is reached.
  static let most = 1 << 21

  let path: String
  let arena: [PickleContainer]
  private var open: Set<Int> = []
  private var count = 0

  init(path: String, arena: [PickleContainer]) {
    self.path = path
    self.arena = arena
  }

  /// Throws `FormatError.malformed` for values that contain themselves, nest too deep or are too many.
  mutating func value(_ value: PickleValue) throws -> CheckpointValue {
    count += 1
    guard count <= Self.most else {
      throw FormatError.malformed(path: path, what: "it holds more than \(Self.most) values")
    }
    switch value {
    case .none: return .none
    case .bool(let value): return .bool(value)
    case .integer(let value): return .integer(value)
    case .long(let value): return .long(value)
    case .number(let value): return .number(value)
    case .text(let value): return .text(value)
    case .bytes(let value): return .bytes(value)
    case .global(let name): return .name(name)
    case .storage(let storage): return .storage(storage)
    case .tensor(let tensor): return .tensor(tensor)
    case .container(let place):
      guard open.insert(place).inserted else {
        throw FormatError.malformed(path: path, what: "it holds a value that contains itself")
      }
      guard open.count <= Self.deepest else {
        throw FormatError.malformed(path: path, what: "it nests more than \(Self.deepest) levels")
      }
      defer { open.remove(place) }
      return try container(arena[place])
    }
  }

  private mutating func container(_ container: PickleContainer) throws -> CheckpointValue {
    switch container {
    case .tuple(let elements): return .tuple(try elements.map { try value($0) })
    case .list(let elements): return .list(try elements.map { try value($0) })
    case .object(let name, let state): return .object(name: name, state: try value(state))
    case .dictionary(let pairs):
      var members = [CheckpointValue.Member]()
      var places = [String: Int]()
      for (key, value) in pairs {
        let member = CheckpointValue.Member(try self.value(key), try self.value(value))
        if case .text(let name) = member.key {
          if let place = places[name] {
            members[place] = member
            continue
          }
          places[name] = members.count
        }
        members.append(member)
      }
      return .dictionary(members)
    }
  }
}
