import Formats
import Foundation
import Shards
import TestSupport
import Testing

@Suite struct SafetensorsTests {
  /// A header of two arrays of bytes: name, shape, first and last offset of each.
  private static func two(
    _ a: String, _ shape: [Int], _ start: Int, _ end: Int, _ b: String, _ other: [Int], _ from: Int, _ to: Int
  ) -> String {
    #"{"\#(a)":{"dtype":"U8","shape":\#(shape),"data_offsets":[\#(start),\#(end)]},"#
      + #""\#(b)":{"dtype":"U8","shape":\#(other),"data_offsets":[\#(from),\#(to)]}}"#
  }

  /// The bytes of a file with this header and so many bytes of data.
  private func file(_ header: String, data: Int) -> [UInt8] {
    withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) } + Array(header.utf8)
      + [UInt8](repeating: 1, count: data)
  }

  @Test func `what is written comes back, and equal content gives equal bytes`() throws {
    let folder = try TemporaryFolder()
    let tensors = [
      StoredTensor(
        "b", .i64, shape: [2], bytes: [1, 0, 0, 0, 0, 0, 0, 0, 255, 255, 255, 255, 255, 255, 255, 255]),
      StoredTensor(NamedTensor("a", shape: [2, 1], values: [1.5, -2])),
      StoredTensor("c", .bool, shape: [], bytes: [1]),
    ]
    let content = Safetensors(tensors: tensors, metadata: ["format": "pt", "about": "a \"test\""])
    try content.write(to: folder.file("x"))
    let read = try Safetensors(reading: folder.file("x"))
    #expect(read.metadata == content.metadata)
    #expect(read.tensors.map(\.name) == ["a", "b", "c"])
    #expect(read["a"]?.floats == [1.5, -2])
    #expect(read["b"]?.integers == [1, -1])
    #expect(read["c"]?.floats == [1])
    try Safetensors(tensors: tensors.reversed(), metadata: content.metadata).write(to: folder.file("y"))
    #expect(try bytes(folder.file("x")) == bytes(folder.file("y")))
    let start = try bytes(folder.file("x")).prefix(8)
    #expect(start[0] % 8 == 0, "the data starts at a multiple of 8")
  }

  @Test(
    arguments: [
      (
        StoredTensor.ElementType.f16, [UInt8](arrayLiteral: 0x00, 0x3c, 0x01, 0x00, 0x00, 0xfc),
        [1, 0x1p-24, -.infinity]
      ),
      (.bf16, [0x80, 0x3f, 0x20, 0xc0, 0x00, 0x80], [1, -2.5, -0.0]),
      (.i8, [255, 127, 0], [-1, 127, 0]),
      (.u16, [255, 255, 1, 0, 0, 1], [65535, 1, 256]),
      (.i32, [255, 255, 255, 255, 1, 0, 0, 0, 0, 1, 0, 0], [-1, 1, 256]),
    ] as [(StoredTensor.ElementType, [UInt8], [Float])])
  func `every type converts to single precision`(
    type: StoredTensor.ElementType, bytes: [UInt8], values: [Float]
  ) {
    #expect(StoredTensor("x", type, shape: [3], bytes: bytes[...]).floats == values)
  }

  @Test func `doubles are rounded and not-a-number stays one`() {
    let value = withUnsafeBytes(of: 0.1) { Array($0) }
    #expect(StoredTensor("x", .f64, shape: [1], bytes: value[...]).floats == [0.1])
    #expect(StoredTensor("x", .f16, shape: [1], bytes: [0x01, 0x7e]).floats[0].isNaN)
  }

  @Test(arguments: [
    (
      "a hole",
      two("a", [2], 0, 2, "b", [], 3, 4),
      4
    ),
    (
      "an overlap",
      two("a", [3], 0, 3, "b", [2], 2, 4),
      4
    ),
    ("a hole at the start", #"{"a":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}"#, 4),
    ("bytes after the data", #"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}"#, 3),
    ("data cut short", #"{"a":{"dtype":"U8","shape":[2],"data_offsets":[0,2]}}"#, 1),
    ("a shape that needs more bytes", #"{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}"#, 4),
    (
      "a shape that overflows",
      #"{"a":{"dtype":"F32","shape":[4611686018427387904,4611686018427387904],"data_offsets":[0,0]}}"#, 0
    ),
    ("a backward range", #"{"a":{"dtype":"U8","shape":[0],"data_offsets":[4,0]}}"#, 4),
    ("a negative offset", #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[-1,0]}}"#, 0),
    ("a negative extent", #"{"a":{"dtype":"U8","shape":[-1,-1],"data_offsets":[0,1]}}"#, 1),
    (
      "an enormous offset",
      #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[9223372036854775806,9223372036854775807]}}"#, 1
    ),
    (
      "a repeated name",
      two("a", [1], 0, 1, "a", [1], 0, 1),
      1
    ),
    ("metadata that is not text", #"{"__metadata__":{"a":1}}"#, 0),
    ("metadata that is no object", #"{"__metadata__":"a"}"#, 0),
    ("an unknown key", #"{"a":{"dtype":"U8","shape":[1],"data_offsets":[0,1],"x":0}}"#, 1),
    ("a fractional extent", #"{"a":{"dtype":"U8","shape":[0.5],"data_offsets":[0,1]}}"#, 1),
    ("a list as header", "[1]", 0),
    ("a space before the header", " {}", 0),
    ("text after the header", "{} x", 0),
    ("deep nesting", String(repeating: #"{"a":"#, count: 200_000), 0),
    ("no header", "", 0),
  ]) func `a malicious header is refused`(what: String, header: String, data: Int) throws {
    let folder = try TemporaryFolder()
    let path = folder.file(what)
    try Data(file(header, data: data)).write(to: URL(filePath: path))
    let error = #expect(throws: FormatError.self) { try Safetensors(reading: path) }
    guard case .malformed(path, _) = error else {
      Issue.record("\(what): \(String(describing: error))")
      return
    }
    #expect(error?.exitCode == 65)
  }

  @Test func `lengths that no file has are refused`() throws {
    let folder = try TemporaryFolder()
    for (name, bytes) in [
      ("empty", []), ("short", [1, 2, 3]), ("longer than the file", [9, 0, 0, 0, 0, 0, 0, 0, 0x7b, 0x7d]),
      ("absurd", [UInt8](repeating: 255, count: 64)),
    ] as [(String, [UInt8])] {
      try Data(bytes).write(to: URL(filePath: folder.file(name)))
      #expect(throws: FormatError.self) { try Safetensors(reading: folder.file(name)) }
    }
    #expect(throws: FormatError.missing(path: folder.file("none"))) {
      try Safetensors(reading: folder.file("none"))
    }
  }

  @Test func `an element type that is not read is named`() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("x")
    try Data(file(#"{"a":{"dtype":"F8_E4M3","shape":[1],"data_offsets":[0,1]}}"#, data: 1))
      .write(to: URL(filePath: path))
    let error = #expect(throws: FormatError.self) { try Safetensors(reading: path) }
    guard case .unsupported = error else {
      Issue.record("\(String(describing: error))")
      return
    }
  }
}

/// The bytes of a file.
func bytes(_ path: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(filePath: path))) }
