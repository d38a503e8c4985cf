import Foundation
import Kernels

/// Computing the same with several numbers of threads, more than the machine has among them.
public enum ThreadCounts {
  public static let all = [1, 2, 3, 8]

  /// Only one test at a time sets the number of threads.
  private static let turn = NSLock()

  /// What `body` gives with one thread, and every other result that it gives with more.
  ///
  /// The team of threads does one piece of work at a time, and tests run side by side: an attempt that finds it busy
  /// proves nothing, so that there are several.
  public static func results<Result: Equatable>(
    attempts: Int = 5, _ body: () throws -> Result
  ) rethrows -> (alone: Result, others: [(threads: Int, result: Result)]) {
    turn.lock()
    defer {
      Parallel.configure(threads: 2)
      turn.unlock()
    }
    Parallel.configure(threads: 1)
    let alone = try body()
    var others: [(Int, Result)] = []
    for threads in all.dropFirst() {
      for _ in 0..<attempts {
        Parallel.configure(threads: threads)
        let result = try body()
        if result != alone { others.append((threads, result)) }
      }
    }
    return (alone, others)
  }
}
