import Randomness

/// Changes files at random: bits, bytes, lengths, cuts and pieces of other files.
struct Mutator {
  /// Numbers at the edges of what lengths and offsets can be.
  private static let edges: [UInt64] = [
    0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 1 << 59, 1 << 62,
    0x7FFF_FFFF_FFFF_FFFF, 1 << 63, .max,
  ]

  let seeds: [[UInt8]]
  let repair: ((inout [UInt8]) -> Void)?
  private var stream: RandomStream

  /// - Parameter repair: makes the checksums of most archives right again, so that readers get past them.
  init(seeds: [[UInt8]], seed: UInt64, repair: ((inout [UInt8]) -> Void)?) {
    self.seeds = seeds
    self.repair = repair
    stream = RandomStream(seed: seed, purpose: "fuzz")
  }

  /// A seed after one to eight changes.
  mutating func next() -> [UInt8] {
    var bytes = seeds[stream.below(seeds.count)]
    for _ in 0..<1 + stream.below(8) where !bytes.isEmpty { change(&bytes) }
    if let repair, stream.below(8) != 0 { repair(&bytes) }
    return bytes
  }

  private mutating func change(_ bytes: inout [UInt8]) {
    let place = stream.below(bytes.count)
    switch stream.below(8) {
    case 0, 1: bytes[place] ^= 1 << stream.below(8)
    case 2: bytes[place] = UInt8(stream.below(256))
    case 3:
      let value = Self.edges[stream.below(Self.edges.count)]
      for index in 0..<min(1 << stream.below(4), bytes.count - place) {
        bytes[place + index] = UInt8(truncatingIfNeeded: value >> (8 * index))
      }
    case 4:
      let change = UInt8(truncatingIfNeeded: stream.below(33) - 16)
      bytes[place] &+= change
    case 5:
      // Half of the cuts take a piece out of the middle.
      let length = min(1 + stream.below(64), bytes.count - place)
      bytes.removeSubrange(place..<(stream.below(2) == 0 ? bytes.count : place + length))
    case 6:
      let other = seeds[stream.below(seeds.count)]
      if other.isEmpty { return }
      let start = stream.below(other.count)
      let piece = other[start..<min(start + 1 + stream.below(128), other.count)]
      if stream.below(2) == 0 {
        bytes.insert(contentsOf: piece, at: place)
      } else {
        bytes.replaceSubrange(place..<min(place + piece.count, bytes.count), with: piece)
      }
    default:
      // The same piece several times: repeated keys, deep nesting, long lists.
      let piece = bytes[place..<min(place + 1 + stream.below(16), bytes.count)]
      for _ in 0..<1 + stream.below(200) { bytes.insert(contentsOf: piece, at: place) }
    }
  }
}
