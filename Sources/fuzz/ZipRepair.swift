import CZlib

/// Makes the checksums of a zip archive those of its bytes, wherever its directory can still be followed.
enum ZipRepair {
  static func repair(_ bytes: inout [UInt8]) {
    guard bytes.count > 4, bytes[0] == 0x50, bytes[1] == 0x4B else { return }
    var record = 0
    while record + 46 <= bytes.count {
      defer { record += 1 }
      guard bytes[record..<record + 4].elementsEqual([0x50, 0x4B, 0x01, 0x02]) else { continue }
      let method = number(bytes, record + 10, 2)
      let (packed, local) = (number(bytes, record + 20, 4), number(bytes, record + 42, 4))
      guard method == 0, local + 30 <= bytes.count else { continue }
      let start = local + 30 + number(bytes, local + 26, 2) + number(bytes, local + 28, 2)
      guard start + packed <= bytes.count else { continue }
      let sum = bytes[start..<start + packed].withUnsafeBufferPointer {
        crc32(0, $0.baseAddress, UInt32($0.count))
      }
      for index in 0..<4 {
        bytes[record + 16 + index] = UInt8(truncatingIfNeeded: sum >> (8 * index))
      }
    }
  }

  private static func number(_ bytes: [UInt8], _ offset: Int, _ width: Int) -> Int {
    (0..<width).reversed().reduce(0) { $0 << 8 | Int(bytes[offset + $1]) }
  }
}
