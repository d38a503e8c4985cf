import Foundation
import Testing

/// One uninterrupted run of the smoke preset, made once and compared with by many tests.
enum SmokeRun {
  struct Finished: Sendable {
    /// Content ids and hashes by name.
    let results: [String: String]
    let seconds: Double
  }

  private static let attempt = Result { () throws -> (Workplace, Finished) in
    let place = try Workplace()
    let made = try place.made("all", "PRESET=smoke")
    return (place, Finished(results: try place.results(), seconds: made.seconds))
  }

  static func finished() throws -> Finished { try attempt.get().1 }

  /// A fresh workplace that holds a copy of the finished run, times included.
  static func copy() throws -> Workplace {
    let (source, _) = try attempt.get()
    let place = try Workplace()
    let copied = try Command.run(["cp", "-a", source.file("work"), place.path], in: place.path)
    try #require(copied.code == 0, "\(copied.text)")
    return place
  }
}
