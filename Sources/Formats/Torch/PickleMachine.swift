/// Reads pickles as torch writes them (protocols 2 to 5) without running anything they ask for.
///
/// A pickle is a program for a small stack machine. This one knows tensors, containers, text, bytes and
/// numbers, keeps a few classes as inert data, and refuses every other name.
struct PickleMachine {
  /// Elements that containers made by name may hold together, so that no small file grows large.
  private static let most = 1 << 22

  var input: PickleInput
  var arena: [PickleContainer] = []
  /// Every storage that was mentioned.
  private(set) var storages: [TorchStorage] = []
  private var stack: [PickleValue] = []
  private var marks: [Int] = []
  private var memo: [Int: PickleValue] = [:]
  private var made = 0

  init(_ input: PickleInput) { self.input = input }

  /// Reads one pickle up to its end and leaves the input behind it.
  ///
  /// - Throws: `FormatError.malformed`, or `.unsupported` for names that are refused.
  mutating func run() throws -> PickleValue {
    (stack, marks, memo) = ([], [], [:])
    guard try input.byte() == 0x80, (2...5).contains(try input.byte()) else {
      throw input.malformed("expected protocol 2, 3, 4 or 5")
    }
    while true {
      let code = try input.byte()
      if code == UInt8(ascii: ".") { break }
      if try !scalar(code), try !container(code), try !reference(code) {
        throw input.malformed("the operation 0x\(String(code, radix: 16)) is none that torch writes")
      }
    }
    guard stack.count == 1, marks.isEmpty else {
      throw input.malformed("it ends with \(stack.count) values, expected 1")
    }
    return stack[0]
  }

  /// Counts elements that are copied from one container to another.
  mutating func spend(_ count: Int) throws {
    made += count
    guard made <= Self.most else { throw input.malformed("it makes more than \(Self.most) copies") }
  }

  mutating func put(_ container: PickleContainer) -> PickleValue {
    arena.append(container)
    return .container(arena.count - 1)
  }

  /// The elements of a tuple, or nil.
  func tuple(_ value: PickleValue) -> [PickleValue]? {
    if case .container(let place) = value, case .tuple(let elements) = arena[place] { elements } else { nil }
  }

  /// The elements of a tuple of integers, or nil.
  func integers(_ value: PickleValue) -> [Int]? {
    guard let elements = tuple(value) else { return nil }
    guard elements.count <= TorchTensor.mostAxes else { return nil }
    let integers = elements.compactMap { if case .integer(let value) = $0 { value } else { nil } }
    return integers.count == elements.count ? integers : nil
  }

  private mutating func pop() throws -> PickleValue {
    guard stack.count > (marks.last ?? 0), let value = stack.popLast() else {
      throw input.malformed("it takes a value that is not there")
    }
    return value
  }

  private mutating func popToMark() throws -> [PickleValue] {
    guard let mark = marks.popLast() else { throw input.malformed("it goes back to a mark it never set") }
    let values = Array(stack[mark...])
    stack.removeSubrange(mark...)
    return values
  }

  /// Operations that push numbers, text and bytes; false for others.
  private mutating func scalar(_ code: UInt8) throws -> Bool {
    let value: PickleValue
    switch code {
    case UInt8(ascii: "N"): value = .none
    case 0x88: value = .bool(true)
    case 0x89: value = .bool(false)
    case UInt8(ascii: "J"): value = try input.integer(bytes: 4)
    case UInt8(ascii: "K"): value = .integer(try input.count(1))
    case UInt8(ascii: "M"): value = .integer(try input.count(2))
    case 0x8A: value = try input.integer(bytes: try input.count(1))
    case 0x8B: value = try input.integer(bytes: try input.count(4))
    case UInt8(ascii: "G"): value = .number(try input.number())
    case 0x8C: value = .text(try input.text(lengthOf: 1))
    case UInt8(ascii: "X"): value = .text(try input.text(lengthOf: 4))
    case 0x8D: value = .text(try input.text(lengthOf: 8))
    case UInt8(ascii: "U"): value = .text(try input.text(lengthOf: 1))
    case UInt8(ascii: "T"): value = .text(try input.text(lengthOf: 4))
    case UInt8(ascii: "C"): value = .bytes(try input.bytes(lengthOf: 1))
    case UInt8(ascii: "B"): value = .bytes(try input.bytes(lengthOf: 4))
    case 0x8E, 0x96: value = .bytes(try input.bytes(lengthOf: 8))
    default: return false
    }
    stack.append(value)
    return true
  }

  /// Operations on containers and the stack; false for others.
  private mutating func container(_ code: UInt8) throws -> Bool {
    switch code {
    case UInt8(ascii: "("): marks.append(stack.count)
    case UInt8(ascii: "0"): _ = try pop()
    case UInt8(ascii: "1"): _ = try popToMark()
    case UInt8(ascii: "2"):
      let value = try pop()
      stack += [value, value]
    case UInt8(ascii: "}"): stack.append(put(.dictionary([])))
    case UInt8(ascii: "]"), 0x8F: stack.append(put(.list([])))
    case UInt8(ascii: ")"): stack.append(put(.tuple([])))
    case UInt8(ascii: "t"): stack.append(put(.tuple(try popToMark())))
    case UInt8(ascii: "l"), 0x91: stack.append(put(.list(try popToMark())))
    case UInt8(ascii: "d"): stack.append(put(.dictionary(try pairs(try popToMark()))))
    case 0x85, 0x86, 0x87:
      let elements = try (0..<Int(code - 0x84)).map { _ in try pop() }
      stack.append(put(.tuple(elements.reversed())))
    case UInt8(ascii: "a"): try append([try pop()])
    case UInt8(ascii: "e"), 0x90: try append(try popToMark())
    case UInt8(ascii: "s"):
      let value = try pop()
      try set([try pop(), value])
    case UInt8(ascii: "u"): try set(try popToMark())
    default: return false
    }
    return true
  }

  /// Operations on names, the memo and what is made by name; false for others.
  private mutating func reference(_ code: UInt8) throws -> Bool {
    switch code {
    case UInt8(ascii: "q"): memo[try input.count(1)] = try top()
    case UInt8(ascii: "r"): memo[try input.count(4)] = try top()
    case 0x94: memo[memo.count] = try top()
    case UInt8(ascii: "h"): stack.append(try remembered(try input.count(1)))
    case UInt8(ascii: "j"): stack.append(try remembered(try input.count(4)))
    // Frames say how far to read ahead, which nothing here needs.
    case 0x95: _ = try input.take(8)
    case UInt8(ascii: "c"):
      let module = try input.line()
      stack.append(try global(module, try input.line()))
    case 0x93:
      guard case .text(let name) = try pop(), case .text(let module) = try pop() else {
        throw input.malformed("a name is not text")
      }
      stack.append(try global(module, name))
    case UInt8(ascii: "Q"):
      let storage = try storage(try pop())
      storages.append(storage)
      stack.append(.storage(storage))
    case UInt8(ascii: "R"):
      let arguments = try pop()
      stack.append(try reduced(try pop(), arguments))
    case 0x81:
      let arguments = try pop()
      stack.append(try object(try pop(), arguments))
    case UInt8(ascii: "b"):
      let state = try pop()
      try build(try top(), state)
    default: return false
    }
    return true
  }

  private func top() throws -> PickleValue {
    guard stack.count > (marks.last ?? 0), let value = stack.last else {
      throw input.malformed("it looks at a value that is not there")
    }
    return value
  }

  private func remembered(_ place: Int) throws -> PickleValue {
    guard let value = memo[place] else {
      throw input.malformed("it recalls value \(place), which it never kept")
    }
    return value
  }

  private mutating func append(_ values: [PickleValue]) throws {
    guard case .container(let place) = try top(), case .list(var list) = arena[place] else {
      throw input.malformed("it appends to what is no list")
    }
    arena[place] = .tuple([])
    list += values
    arena[place] = .list(list)
  }

  private mutating func set(_ values: [PickleValue]) throws {
    let added = try pairs(values)
    guard case .container(let place) = try top(), case .dictionary(var dictionary) = arena[place] else {
      throw input.malformed("it sets a key of what is no dictionary")
    }
    arena[place] = .tuple([])
    dictionary += added
    arena[place] = .dictionary(dictionary)
  }

  private func pairs(_ values: [PickleValue]) throws -> [(key: PickleValue, value: PickleValue)] {
    guard values.count % 2 == 0 else { throw input.malformed("a key has no value") }
    return stride(from: 0, to: values.count, by: 2).map { (values[$0], values[$0 + 1]) }
  }
}
