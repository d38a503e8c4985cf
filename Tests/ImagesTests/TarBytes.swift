/// Tar files as simple as they come.
enum TarBytes {
  static func tar(_ members: [(name: String, content: [UInt8])], trailer: Bool = true) -> [UInt8] {
    members.flatMap { member in header(member.name, member.content.count, type: "0") + padded(member.content)
    }
      + [UInt8](repeating: 0, count: trailer ? 1024 : 0)
  }

  static func header(_ name: String, _ size: Int, type: Character) -> [UInt8] {
    var header = [UInt8](repeating: 0, count: 512)
    func put(_ text: String, at offset: Int) {
      for (i, byte) in text.utf8.enumerated() { header[offset + i] = byte }
    }
    put(String(name.prefix(100)), at: 0)
    put("0000644", at: 100)
    let digits = String(size, radix: 8)
    put(String(repeating: "0", count: 11 - digits.count) + digits, at: 124)
    put(String(repeating: " ", count: 8), at: 148)
    put(String(type), at: 156)
    put("ustar", at: 257)
    put("00", at: 263)
    let sum = String(header.reduce(0) { $0 + Int($1) }, radix: 8)
    put(String(repeating: "0", count: 6 - sum.count) + sum + "\0 ", at: 148)
    return header
  }

  static func padded(_ content: [UInt8]) -> [UInt8] {
    content + [UInt8](repeating: 0, count: (512 - content.count % 512) % 512)
  }
}
