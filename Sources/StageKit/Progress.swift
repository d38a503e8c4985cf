import Foundation
import Synchronization

/// How far a stage is: a bar redrawn in place on a terminal, a plain line now and then elsewhere.
///
/// `extract-orders 3/8  ▕██████    ▏ 61%  312/512 images  4.1/s  00:49 left`
///
/// The bar is redrawn at most ten times a second. Elsewhere a line appears after every 5 % that took at least
/// two seconds, and at least every 30 seconds. Safe to use from several threads.
public final class Progress: Sendable {
  private struct State {
    var done: Int
    var note = ""
    var lastDraw: ContinuousClock.Instant
    var lastLine: ContinuousClock.Instant
    var lastLineDone: Int
  }

  private let label: String
  private let unit: String
  private let total: Int
  private let first: Int
  private let start = ContinuousClock.now
  private let log: Log
  private let isQuiet: Bool
  private let drawsBar: Bool
  private let state: Mutex<State>

  /// - Parameters:
  ///   - label: what is going on, such as "extract-orders 3/8".
  ///   - total: how many units there are.
  ///   - done: how many were done before, on resuming; they do not count for the rate.
  ///   - unit: their name, such as "images".
  public init(_ label: String, total: Int, done: Int = 0, unit: String, log: Log, options: StageOptions) {
    self.label = label
    self.unit = unit
    self.total = total
    self.log = log
    first = done
    isQuiet = options.quiet
    drawsBar = Terminal.shared.isInteractive && options.logFormat == .text && !options.quiet
    state = Mutex(State(done: done, lastDraw: start - .seconds(1), lastLine: start, lastLineDone: done))
  }

  /// Counts more units as done.
  public func advance(by count: Int = 1, note: String = "") { update(note) { $0 + count } }

  /// Sets how many units are done. The note, such as "loss 3.21", is shown at the end of the line.
  public func set(_ done: Int, note: String = "") { update(note) { _ in done } }

  /// Removes the bar. Call it before the stage's closing line.
  public func finish() { if drawsBar { Terminal.shared.draw(bar: "") } }

  private func update(_ note: String, _ change: (Int) -> Int) {
    state.withLock { state in
      state.done = change(state.done)
      if !note.isEmpty { state.note = note }
      guard !isQuiet else { return }
      let now = ContinuousClock.now
      if drawsBar {
        guard now - state.lastDraw >= .milliseconds(100) || state.done >= total else { return }
        state.lastDraw = now
        Terminal.shared.draw(bar: bar(state, now))
      } else {
        let waited = now - state.lastLine
        let advanced = state.done - state.lastLineDone
        guard waited >= .seconds(30) || (waited >= .seconds(2) && advanced * 20 >= total) else { return }
        state.lastLine = now
        state.lastLineDone = state.done
        log.info(
          .progress, "\(percent(state))  \(facts(state, now))",
          ["done": "\(state.done)", "total": "\(total)", "rate": String(format: "%.4g", rate(state, now))])
      }
    }
  }

  private func rate(_ state: State, _ now: ContinuousClock.Instant) -> Double {
    let seconds = (now - start) / .seconds(1)
    return seconds > 0 ? Double(state.done - first) / seconds : 0
  }

  private func percent(_ state: State) -> String {
    "\(total > 0 ? min(100, state.done * 100 / total) : 100)%"
  }

  private func facts(_ state: State, _ now: ContinuousClock.Instant) -> String {
    let rate = rate(state, now)
    var parts = ["\(state.done)/\(total) \(unit)", HumanText.rate(rate)]
    if rate > 0 { parts.append(HumanText.clock(Double(max(0, total - state.done)) / rate) + " left") }
    if !state.note.isEmpty { parts.append(state.note) }
    return parts.joined(separator: "  ")
  }

  private func bar(_ state: State, _ now: ContinuousClock.Instant) -> String {
    let right = "\(percent(state))  \(facts(state, now))"
    let width = min(24, Terminal.shared.columns - label.count - right.count - 8)
    guard width >= 4 else { return String("\(label)  \(right)".prefix(Terminal.shared.columns - 1)) }
    let fraction = total > 0 ? min(1, Double(state.done) / Double(total)) : 1
    let filled = Int(fraction * Double(width))
    let (block, left, edge) = Terminal.shared.hasUnicode ? ("█", "▕", "▏") : ("#", "[", "]")
    let cells = String(repeating: block, count: filled) + String(repeating: " ", count: width - filled)
    return "\(label)  \(left)\(cells)\(edge) \(right)"
  }
}
