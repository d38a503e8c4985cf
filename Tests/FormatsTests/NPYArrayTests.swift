import Formats
import Foundation
import TestSupport
import Testing

@Suite struct NPYArrayTests {
  private func npy(_ dictionary: String, data: [UInt8], version: UInt8 = 1) -> [UInt8] {
    let length = UInt16(dictionary.utf8.count)
    var bytes: [UInt8] = [0x93] + Array("NUMPY".utf8) + [version, 0]
    bytes += [UInt8(length & 255), UInt8(length >> 8)]
    if version > 1 { bytes += [0, 0] }
    return bytes + Array(dictionary.utf8) + data
  }

  private func read(_ bytes: [UInt8]) throws -> NPYArray {
    let folder = try TemporaryFolder()
    try Data(bytes).write(to: URL(filePath: folder.file("x.npy")))
    return try NPYArray(reading: folder.file("x.npy"))
  }

  @Test(arguments: [UInt8(1), 2, 3]) func `codes of two augmentations are read`(version: UInt8) throws {
    let values: [Int64] = [1, 2, -3, 16383]
    let data = values.withUnsafeBytes { Array($0) }
    let header = "{'descr': '<i8', 'fortran_order': False, 'shape': (2, 2), }     \n"
    let array = try read(npy(header, data: data, version: version))
    #expect(array.shape == [2, 2])
    #expect(array.values == [1, 2, -3, 16383])
  }

  @Test func `narrow integers, vectors and scalars are read`() throws {
    #expect(
      try read(npy("{'descr': '|u1', 'fortran_order': False, 'shape': (3,), }", data: [1, 2, 255])).values
        == [1, 2, 255])
    let scalar = try read(npy("{'descr': '<u2', 'fortran_order': False, 'shape': (), }", data: [1, 1]))
    #expect(scalar.shape == [] && scalar.values == [257])
  }

  @Test func `Fortran order becomes C order`() throws {
    let header = "{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3), }"
    #expect(try read(npy(header, data: [1, 4, 2, 5, 3, 6])).values == [1, 2, 3, 4, 5, 6])
  }

  @Test(arguments: [
    ("{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }", [UInt8](repeating: 0, count: 4)),
    ("{'descr': '>i8', 'fortran_order': False, 'shape': (1,), }", [UInt8](repeating: 0, count: 8)),
    ("{'descr': '<i8', 'fortran_order': Maybe, 'shape': (1,), }", [UInt8](repeating: 0, count: 8)),
    ("{'descr': '<i8', 'fortran_order': False, 'shape': (2,), }", [UInt8](repeating: 0, count: 8)),
    ("{'descr': '<i8', 'fortran_order': False, 'shape': (1,), }", [UInt8](repeating: 0, count: 9)),
    ("{'descr': '<i8', 'fortran_order': False, 'shape': (-1,), }", []),
    ("{'descr': '<i8', 'fortran_order': False, 'shape': (4611686018427387904, 4), }", []),
    ("{'descr': '<i8', 'fortran_order': False, 'shape': (2305843009213693952,), }", []),
    ("{'descr': '<i8', 'shape': (1,), }", [UInt8](repeating: 0, count: 8)),
    ("{'descr': '<i8', 'fortran_order': False, 'shape': 1, }", [UInt8](repeating: 0, count: 8)),
    ("", []),
  ]) func `what is not an array of integers is refused`(header: String, data: [UInt8]) {
    #expect(throws: FormatError.self) { try read(npy(header, data: data)) }
  }

  @Test func `a header beyond the end and another file are refused`() {
    #expect(throws: FormatError.self) {
      try read([0x93] + Array("NUMPY".utf8) + [1, 0, 255, 255, 0x7b, 0x7d])
    }
    #expect(throws: FormatError.self) { try read(Array("a text that is long enough".utf8)) }
    #expect(throws: FormatError.self) { try read([]) }
  }
}
