import Communication
import Dispatch
import Foundation
import Kernels
import Synchronization

/// Adds gradients up over ranks and hands out what they become, part by part.
///
/// A part travels on a thread of its own as soon as it is complete, while the backward pass goes on with the parts before
/// it. At distances 1, 2, 4, … partners exchange halves of what they have and add (recursive halving), so that each rank ends
/// with the sum of its own share, as a binary tree over ranks makes it; values go the same way back.
final class GradientExchange: @unchecked Sendable {
  private let ranks: any Communicator
  private let shares: RankShares
  private let blocks: [OptimizerBlock]
  /// Whether sums are left to the library, in its own sequence.
  private let isPlain: Bool
  private let trace: TrainingTrace?
  /// What comes from a partner, for the thread alone.
  private let received: Tensor
  private let complete = Mutex<[Int]>([])
  private let wanted = DispatchSemaphore(value: 0)
  private let done = DispatchSemaphore(value: 0)
  private var pending = 0

  init(
    _ ranks: any Communicator, shares: RankShares, blocks: [OptimizerBlock], isPlain: Bool,
    trace: TrainingTrace?
  ) {
    self.ranks = ranks
    self.shares = shares
    self.blocks = blocks
    self.isPlain = isPlain
    self.trace = trace
    let largest = shares.parts.map { part in
      Self.values(of: blocks, shares.blocks(ofPart: part, rank: ranks.rank, before: 2)) { $0.gradient }.count
    }.max()
    received = Tensor(uninitialized: [largest ?? 0])
    let thread = Thread { [weak self, wanted] in
      while true {
        wanted.wait()
        guard let self else { return }
        self.serve()
      }
    }
    thread.name = "gradients"
    thread.start()
  }

  deinit { wanted.signal() }

  /// Starts to add up a part that this rank adds nothing more to.
  func begin(_ part: Int) {
    complete.withLock { $0.append(part) }
    pending += 1
    wanted.signal()
  }

  /// Waits until all parts that were begun are summed. This rank then has the sums of its own blocks, and zeros elsewhere.
  func finish() {
    for _ in 0..<pending { done.wait() }
    pending = 0
  }

  /// Brings the values that each rank has made to all others.
  func publish() {
    trace?.begin("values", on: .exchange)
    for part in shares.parts {
      for distance in ranks.distances.reversed() {
        let peer = ranks.rank ^ distance
        let own = values(part, ranks.rank, before: 2 * distance) { $0.value }
        let theirs = values(part, peer, before: 2 * distance) { $0.value }
        ranks.exchange(UnsafeRawBufferPointer(own), into: UnsafeMutableRawBufferPointer(theirs), with: peer)
      }
    }
    trace?.end("values", on: .exchange)
  }

  private func serve() {
    guard let part = complete.withLock({ $0.isEmpty ? nil : $0.removeFirst() }) else { return }
    trace?.begin("part \(part)", on: .exchange)
    if isPlain { sumPlainly(part) } else { sum(part) }
    trace?.end("part \(part)", on: .exchange)
    done.signal()
  }

  private func sum(_ part: Int) {
    for distance in ranks.distances {
      let peer = ranks.rank ^ distance
      let own = values(part, ranks.rank, before: 2 * distance) { $0.gradient }
      let theirs = values(part, peer, before: 2 * distance) { $0.gradient }
      let into = UnsafeMutableBufferPointer(start: received.pointer, count: own.count)
      ranks.exchange(UnsafeRawBufferPointer(theirs), into: UnsafeMutableRawBufferPointer(into), with: peer)
      if let start = own.baseAddress { add(received.pointer, to: start, count: own.count) }
      theirs.update(repeating: 0)
    }
  }

  private func sumPlainly(_ part: Int) {
    ranks.sum(values(part, ranks.rank, before: 1) { $0.gradient })
    for distance in ranks.distances {
      values(part, ranks.rank ^ distance, before: 2 * distance) { $0.gradient }.update(repeating: 0)
    }
  }

  private func values(
    _ part: Int, _ rank: Int, before distance: Int,
    _ pointer: (OptimizerBlock) -> UnsafeMutablePointer<Float>
  ) -> UnsafeMutableBufferPointer<Float> {
    Self.values(of: blocks, shares.blocks(ofPart: part, rank: rank, before: distance), pointer)
  }

  /// The memory of consecutive blocks, which lie behind each other in a `ParameterArena`.
  static func values(
    of blocks: [OptimizerBlock], _ range: Range<Int>,
    _ pointer: (OptimizerBlock) -> UnsafeMutablePointer<Float>
  ) -> UnsafeMutableBufferPointer<Float> {
    guard let first = range.first, let last = range.last else {
      return UnsafeMutableBufferPointer(start: nil, count: 0)
    }
    let start = pointer(blocks[first])
    return UnsafeMutableBufferPointer(start: start, count: pointer(blocks[last]) + blocks[last].count - start)
  }
}
