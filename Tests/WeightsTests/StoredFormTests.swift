import Files
import Formats
import Foundation
import Shards
import TestSupport
import Testing
import Weights

@Suite struct StoredFormTests {
  @Test(arguments: [StoredTensor.ElementType.f16, .bf16])
  func `every number of 16 bits survives the way through single precision`(type: StoredTensor.ElementType) {
    let bits = (0...UInt16.max).map { $0 }
    let bytes = bits.withUnsafeBytes { Array($0) }
    let tensor = StoredTensor("x", type, shape: [65_536], bytes: bytes[...])
    let back = StoredTensor("x", type, shape: [65_536], floats: tensor.floats)
    let found = back.bytes.withUnsafeBytes { Array($0.bindMemory(to: UInt16.self)) }
    #expect(found == bits)
  }

  @Test func `other numbers are rounded to the nearest, ties to even`() {
    func bits(_ value: Float, _ type: StoredTensor.ElementType) -> UInt16 {
      StoredTensor("x", type, shape: [1], floats: [value]).bytes.withUnsafeBytes {
        $0.loadUnaligned(as: UInt16.self)
      }
    }
    let cases: [(Float, UInt16)] = [
      (1 + 0x1p-11, 0x3c00), (1 + 0x3p-11, 0x3c02), (1 + 0x1.8p-11, 0x3c01), (65_519, 0x7bff),
      (65_520, 0x7c00),
      (0x1p-25, 0), (0x1.8p-25, 1), (0x1p-26, 0), (-0x1.ffcp-15, 0x8400), (0x1.ff8p-15, 0x03ff),
      (1e30, 0x7c00),
    ]
    for (value, expected) in cases { #expect(bits(value, .f16) == expected, "\(value)") }
    let brain: [(Float, UInt16)] = [
      (1 + 0x1p-8, 0x3f80), (1 + 0x3p-8, 0x3f82), (.greatestFiniteMagnitude, 0x7f80), (-1, 0xbf80),
    ]
    for (value, expected) in brain { #expect(bits(value, .bf16) == expected, "\(value)") }
    #expect(bits(Float(bitPattern: 0x7f80_0001), .f16) == 0x7c01)
    #expect(bits(Float(bitPattern: 0x7f80_0001), .bf16) == 0x7f81)
  }

  @Test func `a record says types and metadata, and a damaged one is refused`() throws {
    let tensors = [
      StoredTensor("a", .bf16, shape: [1], floats: [1]), StoredTensor("b", .f16, shape: [1], floats: [1]),
      StoredTensor("c", .bf16, shape: [1], floats: [1]),
      StoredTensor("d", .f64, shape: [0], bytes: []),
    ]
    let form = StoredForm(tensors, metadata: ["format": "pt"])
    #expect(form.json["dtype"]?.string == "BF16" && form.json["exceptions"]?.object?.count == 2)
    let facts: JSONValue = ["stored": form.json]
    let names = ["a", "b", "c", "d"]
    let read = try StoredForm(facts, names: names, path: "x")
    #expect(read == form && read?.types["d"] == .f32 && read?.types["b"] == .f16)
    #expect(try StoredForm(["model": nil], names: names, path: "x") == nil)
    for bad: JSONValue in ["F32", ["dtype": "I64", "exceptions": [:], "metadata": [:]], ["dtype": "F32"]] {
      #expect(throws: FormatError.self) { try StoredForm(["stored": bad], names: names, path: "x") }
    }
  }

  /// The fixture was written by the official library.
  @Test(arguments: ["vq-a", "metrics-a", "lite0-features"])
  func `the layout is the official library's`(name: String) throws {
    let folder = try TemporaryFolder()
    let path = FixtureFile.folder.appending(path: name + ".safetensors")
    try Safetensors(reading: path.path).write(to: folder.file("x"))
    #expect(try Data(contentsOf: folder.url("x")) == Data(contentsOf: path))
  }
}
