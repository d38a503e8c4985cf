import Kernels
import Synchronization

/// Results of `count` independent computations in their sequence, shared among threads; the first error is
/// thrown.
package func concurrently<T: Sendable>(_ count: Int, _ body: (Int) throws -> T) throws -> [T] {
  let results = Mutex([Result<T, any Error>?](repeating: nil, count: count))
  Parallel.forEach(count) { index in
    let result = Result { try body(index) }
    results.withLock { $0[index] = result }
  }
  return try results.withLock { $0 }.compactMap { try $0?.get() }
}
