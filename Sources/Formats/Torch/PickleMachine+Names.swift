extension PickleMachine {
  /// Element types by the names of torch's storage classes; nil is plain bytes.
  private static let storages: [String: StoredTensor.ElementType?] = [
    "torch.FloatStorage": .f32, "torch.DoubleStorage": .f64, "torch.HalfStorage": .f16,
    "torch.BFloat16Storage": .bf16, "torch.LongStorage": .i64, "torch.IntStorage": .i32,
    "torch.ShortStorage": .i16, "torch.CharStorage": .i8, "torch.ByteStorage": .u8,
    "torch.BoolStorage": .bool,
    "torch.storage.UntypedStorage": StoredTensor.ElementType?.none,
  ]

  /// Element types by torch's own names.
  private static let types: [String: StoredTensor.ElementType] = [
    "torch.float32": .f32, "torch.float64": .f64, "torch.float16": .f16, "torch.bfloat16": .bf16,
    "torch.int64": .i64, "torch.int32": .i32, "torch.int16": .i16, "torch.int8": .i8, "torch.uint8": .u8,
    "torch.uint16": .u16, "torch.uint32": .u32, "torch.uint64": .u64, "torch.bool": .bool,
  ]

  /// Classes whose objects are kept as data.
  private static let inert: Set = ["argparse.Namespace", "torch.device"]

  /// What else a checkpoint may ask for by name.
  private static let makers: Set = [
    "collections.OrderedDict", "torch.Size", "torch.Tensor", "torch.nn.parameter.Parameter",
    "torch._utils._rebuild_tensor", "torch._utils._rebuild_tensor_v2", "torch._utils._rebuild_tensor_v3",
    "torch._utils._rebuild_parameter", "torch._utils._rebuild_parameter_with_state",
    "torch._tensor._rebuild_from_type_v2", "_codecs.encode", "builtins.set", "__builtin__.set",
    "builtins.frozenset", "__builtin__.frozenset",
  ]

  /// A name that is known. Throws `FormatError.unsupported` for every other.
  func global(_ module: String, _ name: String) throws -> PickleValue {
    let full = module + "." + name
    guard
      Self.storages[full] != nil || Self.types[full] != nil || Self.inert.contains(full)
        || Self.makers.contains(full)
    else {
      throw FormatError.unsupported(
        path: input.path,
        what: "it asks for '\(shown(full))', which no tensor needs and which is never run; "
          + "save the state_dict alone")
    }
    return .global(full)
  }

  /// What a persistent id stands for: `('storage', class, key, device, elements)` and, in old files, the part
  /// of the block that the storage is.
  func storage(_ value: PickleValue) throws -> TorchStorage {
    guard let parts = tuple(value), (5...6).contains(parts.count), case .text("storage") = parts[0],
      case .global(let name) = parts[1], let type = Self.storages[name], case .text(let key) = parts[2],
      case .integer(let count) = parts[4], count >= 0
    else { throw input.malformed("a storage is not described by class, key, device and size") }
    let width = type?.width ?? 1
    let (size, overflow) = count.multipliedReportingOverflow(by: width)
    guard !overflow else { throw input.malformed("the size of the storage '\(shown(key))' overflows") }
    var range = 0..<size
    if parts.count == 6, let view = tuple(parts[5]) {
      guard view.count == 3, case .integer(let offset) = view[1], case .integer(let held) = view[2],
        offset >= 0, held >= 0, offset <= count, held <= count - offset
      else { throw input.malformed("a part of the storage '\(shown(key))' lies outside it") }
      range = offset * width..<(offset + held) * width
    }
    return TorchStorage(key: key, type: type, blockSize: size, range: range)
  }

  /// What calling a name with arguments stands for.
  mutating func reduced(_ callee: PickleValue, _ arguments: PickleValue) throws -> PickleValue {
    guard case .global(let name) = callee, let arguments = tuple(arguments) else {
      throw input.malformed("it calls what is not a name")
    }
    if name == "torch._tensor._rebuild_from_type_v2" {
      // (function, class, arguments, attributes): the tensor that the function gives.
      guard arguments.count == 4, case .global(let inner) = arguments[0], inner != name else {
        throw input.malformed("a tensor of a class of its own is not described as torch does")
      }
      return try reduced(arguments[0], arguments[2])
    }
    if name.hasPrefix("torch._utils._rebuild_tensor") { return .tensor(try tensor(name, arguments)) }
    if name.hasPrefix("torch._utils._rebuild_parameter") {
      guard let first = arguments.first, case .tensor = first else {
        throw input.malformed("a parameter without a tensor")
      }
      return first
    }
    if Self.inert.contains(name) { return put(.object(name: name, state: put(.tuple(arguments)))) }
    switch (name, arguments.count) {
    case ("collections.OrderedDict", 0): return put(.dictionary([]))
    case ("collections.OrderedDict", 1): return put(.dictionary(try dictionary(arguments[0])))
    case ("torch.Size", 1) where tuple(arguments[0]) != nil: return arguments[0]
    case ("builtins.set", 1), ("builtins.frozenset", 1), ("__builtin__.set", 1), ("__builtin__.frozenset", 1):
      return arguments[0]
    case ("_codecs.encode", 2):
      guard case .text(let text) = arguments[0], case .text("latin1") = arguments[1],
        text.unicodeScalars.allSatisfy({ $0.value < 256 })
      else { throw input.malformed("bytes are not given as latin1") }
      try spend(text.utf8.count)
      return .bytes(text.unicodeScalars.map { UInt8($0.value) })
    default: throw input.malformed("it calls '\(name)' with \(arguments.count) arguments")
    }
  }

  /// The pairs of a list of pairs, as Python 2 writes an ordered dictionary.
  private mutating func dictionary(_ value: PickleValue) throws -> [(key: PickleValue, value: PickleValue)] {
    guard case .container(let place) = value, case .list(let elements) = arena[place] else {
      throw input.malformed("an ordered dictionary is not made of a list")
    }
    try spend(elements.count)
    return try elements.map { element in
      guard case .container(let place) = element else { throw input.malformed("a key has no value") }
      switch arena[place] {
      case .list(let pair) where pair.count == 2: return (pair[0], pair[1])
      case .tuple(let pair) where pair.count == 2: return (pair[0], pair[1])
      default: throw input.malformed("a key has no value")
      }
    }
  }

  /// `(storage, offset, shape, strides, …)`, in version 3 with the element type at the seventh place.
  private func tensor(_ name: String, _ arguments: [PickleValue]) throws -> TorchTensor {
    guard arguments.count >= 4, case .storage(let storage) = arguments[0],
      case .integer(let offset) = arguments[1], let shape = integers(arguments[2]),
      let strides = integers(arguments[3])
    else { throw input.malformed("a tensor is not described by storage, offset, shape and strides") }
    var type = storage.type
    if name.hasSuffix("_v3") {
      guard arguments.count >= 7, case .global(let element) = arguments[6] else {
        throw input.malformed("a tensor has no element type")
      }
      type = Self.types[element]
    }
    guard let type else { throw input.malformed("a tensor has no element type") }
    do {
      return try TorchTensor(type: type, shape: shape, strides: strides, offset: offset, storage: storage)
    } catch { throw input.malformed(error.what) }
  }

  /// An object without attributes yet.
  mutating func object(_ callee: PickleValue, _ arguments: PickleValue) throws -> PickleValue {
    guard case .global(let name) = callee, tuple(arguments)?.isEmpty == true else {
      throw input.malformed("an object is not made of its class alone")
    }
    if name == "collections.OrderedDict" { return put(.dictionary([])) }
    guard Self.inert.contains(name) else { throw input.malformed("it makes an object of '\(name)'") }
    return put(.object(name: name, state: .none))
  }

  /// Gives an object its attributes; those of dictionaries (torch's `_metadata`) and tensors are not kept.
  mutating func build(_ value: PickleValue, _ state: PickleValue) throws {
    if case .tensor = value { return }
    guard case .container(let place) = value else { throw input.malformed("it gives attributes to a value") }
    switch arena[place] {
    case .object(let name, _): arena[place] = .object(name: name, state: state)
    case .dictionary: break
    default: throw input.malformed("it gives attributes to a list or tuple")
    }
  }
}
