import Communication
import Files
import Training

/// The file of `--trace`: what the first steps of a run did and when, one row a rank for what it computes and one for what
/// it exchanges.
final class TraceFile {
  private static let steps = 20

  let events: TrainingTrace
  private let path: String
  private let ranks: any Communicator
  private var isWritten = false

  /// - Throws: `FileError` where the file cannot be written.
  init(_ path: String, ranks: any Communicator) throws {
    if ranks.isFirst { try AtomicFile.check(path) }
    self.path = path
    self.ranks = ranks
    ranks.meet()
    events = TrainingTrace(rank: ranks.rank)
  }

  /// Writes what was noted when enough steps were taken.
  /// - Throws: `FileError`.
  func write(after steps: Int, isLast: Bool) throws {
    guard !isWritten, steps == Self.steps || isLast else { return }
    isWritten = true
    let all = ranks.gather(events.take().joined(separator: ",\n"))
    guard ranks.isFirst else { return }
    let text = "{\"traceEvents\":[\n" + all.filter { !$0.isEmpty }.joined(separator: ",\n") + "\n]}\n"
    try writeAtomically(Array(text.utf8), to: path)
  }
}
