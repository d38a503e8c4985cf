/// Makes the checksums of a tar archive's headers those of their bytes.
enum TarRepair {
  static func repair(_ bytes: inout [UInt8]) {
    for start in stride(from: 0, to: bytes.count - 511, by: 512) {
      guard bytes[start + 257..<start + 262].elementsEqual("ustar".utf8) else { continue }
      let sum = bytes[start..<start + 512].enumerated().reduce(0) {
        $0 + ((148..<156).contains($1.offset) ? 32 : Int($1.element))
      }
      let text = String(sum, radix: 8)
      let digits = String(repeating: "0", count: 6 - text.count) + text + "\0 "
      bytes.replaceSubrange(start + 148..<start + 156, with: digits.utf8)
    }
  }
}
