import CHeap

/// How much more memory is in use after the last step of a training run than after its first steps, once all buffers
/// are planned. Nothing, if no step leaves anything behind.
struct HeapGrowth {
  /// Steps after which everything that is made once has been made.
  static let warmUp = 50

  private var settled: Int?
  /// Bytes; nil if the run was too short to tell, or the C library cannot.
  private(set) var bytes: Int?

  /// - Parameter stepsTaken: by this process, counted from 1.
  mutating func observe(stepsTaken: Int, isLast: Bool) {
    guard stepsTaken == Self.warmUp || isLast else { return }
    let inUse = Int(heap_now().in_use)
    if stepsTaken == Self.warmUp { settled = inUse }
    if isLast, inUse > 0, let settled { bytes = inUse - settled }
  }
}
