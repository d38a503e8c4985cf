import Foundation

/// The processes that train one model together, each of them one rank.
///
/// What ranks do together is made of one thing, an exchange of bytes between two of them, in a sequence that depends on
/// their number alone: so no result depends on how messages travel. All ranks must ask for the same exchanges in the
/// same sequence, from one thread at a time.
public protocol Communicator: AnyObject, Sendable {
  /// This process, from 0.
  var rank: Int { get }
  /// How many there are: a power of two.
  var count: Int { get }

  /// Sends bytes to another rank and fills `received` with what it sends.
  func exchange(
    _ sent: UnsafeRawBufferPointer, into received: UnsafeMutableRawBufferPointer, with peer: Int)
  /// Adds up the floats of all ranks in place, in whatever sequence is fastest.
  func sum(_ values: UnsafeMutableBufferPointer<Float>)
  /// Takes leave of the others, when all are done.
  func finish()
  /// Ends all ranks, after this one has failed.
  func abort(code: Int32) -> Never
}

extension Communicator {
  public var isAlone: Bool { count == 1 }
  /// Whether this rank writes what is written once.
  public var isFirst: Bool { rank == 0 }

  /// The values of all ranks, one rank behind the other; each has equally many. In log₂(count) exchanges, each of twice
  /// the size of the one before.
  public func gather<Value: BitwiseCopyable>(_ own: [Value]) -> [Value] {
    var gathered = own
    for distance in distances {
      let peer = rank ^ distance
      let others = exchange(gathered, with: peer)
      gathered = rank < peer ? gathered + others : others + gathered
    }
    return gathered
  }

  /// What a partner has of as many values.
  private func exchange<Value: BitwiseCopyable>(_ own: [Value], with peer: Int) -> [Value] {
    [Value](unsafeUninitializedCapacity: own.count) { buffer, count in
      own.withUnsafeBytes { exchange($0, into: UnsafeMutableRawBufferPointer(buffer), with: peer) }
      count = own.count
    }
  }

  /// The first rank's value.
  public func first<Value: BitwiseCopyable>(_ value: Value) -> Value { gather([value])[0] }

  /// The texts of all ranks.
  public func gather(_ text: String) -> [String] {
    let bytes = Array(text.utf8)
    let counts = gather([bytes.count])
    let longest = counts.max() ?? 0
    let all = gather(bytes + [UInt8](repeating: 0, count: longest - bytes.count))
    return counts.enumerated().map { rank, count in
      String(decoding: all[rank * longest..<rank * longest + count], as: UTF8.self)
    }
  }

  /// Adds up the numbers of all ranks in place, neighbours first.
  public func add(_ values: inout [Double]) {
    for distance in distances {
      let others = exchange(values, with: rank ^ distance)
      for index in values.indices { values[index] += others[index] }
    }
  }

  /// Waits until all ranks have come so far.
  public func meet() { _ = gather([UInt8(0)]) }

  /// 1, 2, 4, …: the distances of partners in an exchange of all with all.
  public var distances: [Int] { Array(sequence(first: 1) { 2 * $0 }.prefix { $0 < count }) }
}

/// One process by itself.
public final class Alone: Communicator {
  public init() {}
  public var rank: Int { 0 }
  public var count: Int { 1 }
  public func exchange(
    _ sent: UnsafeRawBufferPointer, into received: UnsafeMutableRawBufferPointer, with peer: Int
  ) {
    preconditionFailure("there is no rank \(peer)")
  }
  public func sum(_ values: UnsafeMutableBufferPointer<Float>) {}
  public func finish() {}
  public func abort(code: Int32) -> Never { exit(code) }
}
