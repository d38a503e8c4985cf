import Dispatch
import Foundation
import Synchronization

/// Threads that live as long as the process and wait for work together.
///
/// Unlike a queue of tasks the team takes nothing from the heap for a piece of work, so that a training run's memory
/// stays what it is. It does one piece of work at a time.
final class ThreadTeam: Sendable {
  static let shared = ThreadTeam()

  private let isBusy = Atomic<Bool>(false)
  private let helpers = Mutex<[Helper]>([])

  /// Has at least `count` threads besides the calling one.
  func grow(to count: Int) {
    helpers.withLock { helpers in
      while helpers.count < count {
        let helper = Helper(number: helpers.count + 1)
        let thread = Thread { helper.serve() }
        thread.name = "worker \(helper.number)"
        thread.start()
        helpers.append(helper)
      }
    }
  }

  /// Calls `body` once on each of `threads` threads, the calling one as worker 0, and waits for all.
  ///
  /// Calls that come while the team works, from another thread or from within a piece of work, are served by worker
  /// 0 alone: `body` must not count on company.
  func work(threads: Int, _ body: (_ worker: Int) -> Void) {
    guard threads > 1, !isBusy.exchange(true, ordering: .acquiring) else { return body(0) }
    defer { isBusy.store(false, ordering: .releasing) }
    withoutActuallyEscaping(body) { body in
      helpers.withLock { helpers in
        let called = min(threads - 1, helpers.count)
        for index in 0..<called { helpers[index].begin(body) }
        body(0)
        for index in 0..<called { helpers[index].finish() }
      }
    }
  }
}

/// One thread of the team. What it shares with the caller is touched by one of them at a time: by the caller before
/// `begin` signals and after `finish` has waited, by the thread in between.
private final class Helper: @unchecked Sendable {
  let number: Int
  private let wanted = DispatchSemaphore(value: 0)
  private let done = DispatchSemaphore(value: 0)
  private var body: ((Int) -> Void)?

  init(number: Int) { self.number = number }

  func begin(_ body: @escaping (Int) -> Void) {
    self.body = body
    wanted.signal()
  }

  func finish() {
    done.wait()
    body = nil
  }

  func serve() {
    while true {
      wanted.wait()
      body?(number)
      done.signal()
    }
  }
}
