import ArgumentParser
import Communication
import Foundation

extension StageRun {
  /// Says what has stopped the stage, and gives what ends the process with its exit code.
  func end(after error: any Error) -> any Error {
    let isForParser = error is ExitCode || error is CleanExit || error is ValidationError
    if ranks.isAlone, isForParser { return error }
    let code = StageError.exitCode(of: error)
    // Where all ranks fail alike, the first says so and the launcher ends the others while they wait here.
    let isHeard = ranks.isFirst || !endsTogether && sleep(2) == 0 && !StopRequest.isSet
    if isHeard {
      Terminal.shared.draw(bar: "")
      let event: Log.Event = code == StageExit.interrupted.rawValue ? .interrupted : .failed
      let speaker = ranks.isFirst ? "" : "process \(ranks.rank) on \(ProcessInfo.processInfo.hostName): "
      log.error(event, speaker + StageError.sentence(of: error), ["exit_code": "\(code)"])
    }
    guard ranks.isAlone || endsTogether else { ranks.abort(code: code) }
    ranks.finish()
    return ExitCode(code)
  }

  /// Checks that something which decides results is the same on all ranks.
  /// - Throws: exit code 78 with both values and where they are.
  public func requireSame(_ subject: String, _ own: String, advice: String) throws {
    guard !ranks.isAlone else { return }
    let all = ranks.gather(own)
    let hosts = ranks.gather(ProcessInfo.processInfo.hostName)
    guard let other = all.indices.first(where: { all[$0] != all[0] }) else { return }
    endsTogether = true
    throw StageError(
      .configuration,
      "Process 0 on \(hosts[0]) has \(subject) \(all[0]), process \(other) on \(hosts[other]) has \(all[other]). "
        + advice)
  }
}
