import Communication
import Foundation

/// Ranks that are threads of one process: what ranks do together, without MPI.
public final class ThreadRanks: Communicator {
  public let rank: Int
  public let count: Int
  private let post: Post

  private init(_ rank: Int, of count: Int, _ post: Post) {
    self.rank = rank
    self.count = count
    self.post = post
  }

  /// What `body` gives on every rank, all of them at once.
  public static func run<Result: Sendable>(
    _ count: Int, _ body: @escaping @Sendable (any Communicator) -> Result
  ) -> [Result] {
    let post = Post()
    let results = Results<Result>(count)
    let threads = (0..<count).map { rank in
      let thread = Thread { results.set(body(ThreadRanks(rank, of: count, post)), rank) }
      thread.stackSize = 8 << 20
      return thread
    }
    for thread in threads { thread.start() }
    return results.wait()
  }

  public func exchange(
    _ sent: UnsafeRawBufferPointer, into received: UnsafeMutableRawBufferPointer, with peer: Int
  ) {
    post.send(Array(sent), from: rank, to: peer)
    let message = post.receive(from: peer, by: rank)
    precondition(message.count == received.count, "expected \(received.count) bytes, found \(message.count)")
    received.copyBytes(from: message)
  }

  public func sum(_ values: UnsafeMutableBufferPointer<Float>) {
    for distance in distances {
      var others = [Float](repeating: 0, count: values.count)
      others.withUnsafeMutableBytes {
        exchange(UnsafeRawBufferPointer(values), into: $0, with: rank ^ distance)
      }
      for index in values.indices { values[index] += others[index] }
    }
  }

  public func finish() {}
  public func abort(code: Int32) -> Never { fatalError("rank \(rank) ended with \(code)") }
}

/// Messages on their way, by sender and receiver.
private final class Post: @unchecked Sendable {
  private let changed = NSCondition()
  private var messages: [[Int]: [[UInt8]]] = [:]

  func send(_ message: [UInt8], from sender: Int, to receiver: Int) {
    changed.lock()
    messages[[sender, receiver], default: []].append(message)
    changed.broadcast()
    changed.unlock()
  }

  func receive(from sender: Int, by receiver: Int) -> [UInt8] {
    changed.lock()
    defer { changed.unlock() }
    while messages[[sender, receiver], default: []].isEmpty { changed.wait() }
    return messages[[sender, receiver], default: []].removeFirst()
  }
}

private final class Results<Value>: @unchecked Sendable {
  private let changed = NSCondition()
  private var values: [Value?]

  init(_ count: Int) { values = [Value?](repeating: nil, count: count) }

  func set(_ value: Value, _ index: Int) {
    changed.lock()
    values[index] = value
    changed.broadcast()
    changed.unlock()
  }

  func wait() -> [Value] {
    changed.lock()
    defer { changed.unlock() }
    while values.contains(where: { $0 == nil }) { changed.wait() }
    return values.compactMap { $0 }
  }
}
