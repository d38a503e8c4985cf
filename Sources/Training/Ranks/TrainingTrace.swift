import Foundation
import Synchronization

/// When a step computes and when gradients travel, in the format of Chrome's trace viewer and Perfetto.
public final class TrainingTrace: Sendable {
  /// The rows of the picture.
  enum Row: Int, Sendable {
    case compute = 0
    case exchange = 1
  }

  private struct Event: Sendable {
    let name: String
    let row: Row
    /// "B" where it begins and "E" where it ends.
    let phase: String
    let microseconds: Double
  }

  private let start = ContinuousClock.now
  private let rank: Int
  private let events = Mutex<[Event]?>([])

  public init(rank: Int) { self.rank = rank }

  func begin(_ name: String, on row: Row) { note(name, row, "B") }
  func end(_ name: String, on row: Row) { note(name, row, "E") }

  private func note(_ name: String, _ row: Row, _ phase: String) {
    let time = (ContinuousClock.now - start) / .microseconds(1)
    events.withLock { $0?.append(Event(name: name, row: row, phase: phase, microseconds: time)) }
  }

  /// The events so far, an object of JSON each; later ones are not noted.
  public func take() -> [String] {
    let taken = events.withLock { events in
      defer { events = nil }
      return events ?? []
    }
    return taken.map {
      "{\"name\":\"\($0.name)\",\"ph\":\"\($0.phase)\",\"pid\":\(rank),\"tid\":\($0.row.rawValue),"
        + String(format: "\"ts\":%.1f}", $0.microseconds)
    }
  }
}
