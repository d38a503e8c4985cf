import Foundation
import Shards
import Synchronization

/// The number of the signal that asked the process to stop, or 0.
private let stopSignal = Atomic<Int32>(0)
/// When it came, in nanoseconds of the monotonic clock.
private let stopTime = Atomic<Int64>(0)

/// The handler: notes the first signal; a later one, more than a second after it, kills.
///
/// The second of grace is there because make passes SIGTERM on to children that a job scheduler or a terminal
/// has already signalled. Only async-signal-safe calls.
private func noteStopSignal(_ number: Int32) {
  var time = timespec()
  clock_gettime(CLOCK_MONOTONIC, &time)
  let now = Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
  if stopSignal.compareExchange(expected: 0, desired: number, ordering: .relaxed).exchanged {
    stopTime.store(now, ordering: .relaxed)
  } else if now - stopTime.load(ordering: .relaxed) > 1_000_000_000 {
    signal(number, SIG_DFL)
    raise(number)
  }
}

/// A request to stop, made by SIGTERM, SIGINT (Ctrl-C), SIGHUP or SIGUSR1, which batch systems send before a job's time
/// ends and `mpirun` hands on.
///
/// Work is polled: a stage asks `isSet` between steps, writes a checkpoint and throws
/// `StopRequest.failure(…)`, which ends the process with exit code 75. A second signal, a second later or
/// more, kills at once.
public enum StopRequest {
  /// Whether a signal asked to stop.
  public static var isSet: Bool { stopSignal.load(ordering: .relaxed) != 0 }

  private static let signals = [SIGTERM, SIGINT, SIGHUP, SIGUSR1]

  /// Starts listening. A signal that the parent told us to ignore (nohup) stays ignored; one that the parent only
  /// blocks, as a program does that starts us from a worker thread, is let through.
  public static func install() {
    stopSignal.store(0, ordering: .relaxed)
    var listened = sigset_t()
    sigemptyset(&listened)
    for signal in signals { sigaddset(&listened, signal) }
    pthread_sigmask(SIG_UNBLOCK, &listened, nil)
    for signal in signals {
      var old = sigaction()
      guard sigaction(signal, nil, &old) == 0 else { continue }
      if unsafeBitCast(old.__sigaction_handler.sa_handler, to: Int.self)
        == unsafeBitCast(SIG_IGN, to: Int.self)
      {
        continue
      }
      var action = sigaction()
      action.__sigaction_handler.sa_handler = noteStopSignal
      action.sa_flags = SA_RESTART
      sigaction(signal, &action, nil)
    }
  }

  /// Throws the interruption if a signal asked to stop, for stages whose unit of work is one shard.
  public static func check(_ state: @autoclosure () -> String = "nothing was written") throws {
    if isSet { throw failure(state()) }
  }

  /// The error of an interrupted stage (exit code 75); `state` says what was kept, such as "checkpoint of
  /// step 200 written".
  public static func failure(_ state: String) -> StageError {
    StageError(.interrupted, "Stopped by \(name): \(state). Run the same command again to continue.")
  }

  private static var name: String {
    switch stopSignal.load(ordering: .relaxed) {
    case SIGTERM: "SIGTERM"
    case SIGINT: "Ctrl-C"
    case SIGHUP: "SIGHUP"
    case SIGUSR1: "SIGUSR1"
    default: "request"
    }
  }
}
