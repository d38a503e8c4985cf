import Foundation
import Randomness
import Testing

extension Workplace {
  /// Runs a training program again and again, stops it by a signal at random moments until it has come to its end, and
  /// expects it to have been stopped and to have continued from a checkpoint once at least.
  ///
  /// - Parameters:
  ///   - words: the program and its options
  ///   - out: what it writes at its end
  ///   - seconds: how long it takes when nobody stops it
  func interrupt(_ words: [String], until out: String, taking seconds: Double, by signal: Int32, seed: UInt64)
    throws
  {
    var stream = RandomStream(seed: seed, purpose: "stage.interruptions")
    var (interruptions, resumed) = (0, 0)
    for _ in 0..<200 where !exists(out) {
      let command = try Command(words, in: path)
      let moment = 0.1 + (seconds / 5) * Double(stream.next() % 1000) / 1000
      var ended = command.wait(seconds: moment)
      let wasStopped = ended == nil
      if wasStopped {
        interruptions += 1
        command.signal(signal)
        ended = command.wait()
      }
      guard let ended else { continue }
      resumed += ended.error.contains("ontinu") ? 1 : 0
      if ended.code == 0 { break }
      // A program that had not yet begun to listen dies of SIGTERM like any other; nothing was said or written.
      let early = signal == SIGTERM && ended.code == 128 + SIGTERM && ended.text.isEmpty
      let expected = wasStopped ? (signal == SIGTERM ? 75 : 128 + SIGKILL) : 0
      #expect(early || ended.code == expected, "\(ended.text.suffix(2000))")
    }
    #expect(interruptions > 0 && resumed > 0)
  }
}
