import Files
import Foundation
import StageKit
import TestSupport
import Testing

@Suite struct MemoryRoomTests {
  @Test func `this machine has some memory, and no more than it says`() throws {
    #expect(MemoryRoom.bytes > 64 << 20)
    #expect(MemoryRoom.bytes < 1 << 50)
  }

  @Test(arguments: [[Int.max], [Int.max, Int.max], [1 << 40, 1 << 40, 0 + 1], [1 << 52]])
  func `what cannot fit is refused with both numbers, products beyond all integers too`(amounts: [Int]) {
    let error = #expect(throws: StageError.self) {
      try MemoryRoom.require(
        product: amounts, subject: "c.json: 'sampling.images'", purpose: "9 images", advice: "Ask for fewer.")
    }
    #expect(error?.exit == .configuration)
    #expect(error?.description.hasPrefix("c.json: 'sampling.images' needs at least ") == true)
    #expect(error?.description.contains(" of memory for 9 images, found ") == true)
    #expect(error?.description.hasSuffix("Ask for fewer.") == true)
  }

  @Test func `what fits is let through`() throws {
    for amounts in [[0, Int.max], [], [1 << 20, 4], [-1, Int.max]] {
      try MemoryRoom.require(product: amounts, subject: "a", purpose: "b", advice: "c")
    }
  }
}

@Suite struct SentenceTests {
  @Test func `Foundation's errors become a sentence with the path`() throws {
    let folder = try TemporaryFolder()
    do {
      try FileManager.default.createDirectory(
        atPath: "/proc/nothing/here", withIntermediateDirectories: false)
      Issue.record("a folder in /proc")
    } catch {
      let text = StageError.sentence(of: error)
      #expect(text.hasPrefix("Cannot read or write /proc/nothing/here: "), "\(text)")
      #expect(!text.contains("NSCocoa") && !text.contains(".."), "\(text)")
    }
    do { _ = try Data(contentsOf: URL(filePath: folder.file("none"))) } catch {
      let text = StageError.sentence(of: error)
      #expect(
        text == "Cannot read or write \(folder.file("none")): No such file or directory. Check the path "
          + "and the disk, then run again.")
    }
  }

  @Test func `JSON of another kind says the place and what should be there`() throws {
    struct Inner: Codable { let size: Int }
    struct Outer: Codable { let inner: Inner, names: [String] }
    func failure(_ text: String) -> String? {
      let error = #expect(throws: JSONDecodingFailure.self) {
        try JSONValue(parsing: text).decode(Outer.self)
      }
      return error?.description
    }
    #expect(failure(#"{"names": []}"#) == "'inner' is missing")
    #expect(failure(#"{"inner": {"size": "x"}, "names": []}"#) == "'inner.size' is not a whole number")
    #expect(failure(#"{"inner": {"size": null}, "names": []}"#)?.hasPrefix("'inner.size' is n") == true)
    #expect(failure(#"{"inner": {"size": 1}, "names": 3}"#) == "'names' is not a list")
    #expect(failure(#"{"inner": {"size": 1e30}, "names": []}"#)?.contains("too large") == true)
  }
}
