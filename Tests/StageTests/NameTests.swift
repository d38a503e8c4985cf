import Foundation
import TestSupport
import Testing

extension StageTests {
  /// Names that make or a shell would take apart: refused before either sees them.
  @Suite struct NameTests {
    private static let hostile = [
      "work/a b", "work/a|touch evil", "work/a&touch evil", "work/a;touch evil;", "work/a'b", "work/a\"b",
      "work/a`touch evil`", "work/a$(shell touch evil)", "work/a$$(touch evil)", "work/a${HOME}", "work/a#b",
      "work/a%b",
      "work/a:b", "work/a\nb", "work/a\ttouch", "work/a\\b", "work/a>evil", "work/a<evil", "work/a*",
      "work/a?", "work/[a]",
      "work/{a,b}", "~/a", "work/a=b", "-n", "work/a!b", "work/(a)",
    ]

    @Test(arguments: [
      "RUN", "FROM", "PRESET", "TOKENIZER", "TOKENS_DIR", "MODEL", "ORDERS_DIR", "BIN", "LAUNCHER",
    ])
    func `an odd name is refused in one sentence, without a stray file or a command`(variable: String) throws
    {
      let place = try Workplace()
      let before = try place.snapshot()
      for name in Self.hostile {
        for goal in ["list-orders", "clean-samples"] {
          var words = place.makeWords([goal, "FORCE=1", "\(variable)=\(name)"])
          if variable != "PRESET" { words.append("PRESET=smoke") }
          if variable == "BIN" { words.removeAll { $0.hasPrefix("BIN=/") } }
          let result = try Command.run(words, in: place.path)
          #expect(result.code == 2, "\(name): \(result.text)")
          #expect(result.error.split(separator: "\n").count == 1, "\(name): \(result.error)")
          #expect(result.error.contains("\(variable)='"), "\(name): \(result.error)")
        }
      }
      #expect(try place.snapshot() == before)
    }

    @Test func `letters of other languages and the usual signs are names`() throws {
      let place = try Workplace()
      for run in ["work/größe", "work/実験", "work/a,b", "work/a+b@c_d-e.f"] {
        let result = try place.made("-s", "list-orders", "PRESET=smoke", "RUN=" + run)
        #expect(result.output.hasPrefix(run + "/orders/"))
      }
    }

    @Test func `empty names of what comes from elsewhere forget it`() throws {
      let place = try SmokeRun.copy()
      try place.made("list-orders", "FROM=work/smoke", "RUN=work/slow")
      let list = try place.made("-s", "list-orders", "RUN=work/slow", "FROM=", "PRESET=smoke")
      #expect(list.output.hasPrefix("work/slow/orders/"))
    }

    @Test func `a data folder may have any name`() throws {
      let place = try Workplace()
      try place.fakePrograms()
      let name = #"odd $HOME #1 'and' "more"; touch evil \"#
      try FileManager.default.createDirectory(
        atPath: place.file(name), withIntermediateDirectories: true)
      let quoted = "\"" + name.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"") + "\""
      let set = "SET=data.source=folder data.path=\(quoted)"
      let there = try place.fakeMake("tokenizer", "PRESET=smoke", set)
      #expect(there.code == 0, "\(there.text)")
      #expect(place.calls().contains { $0.hasPrefix("tokenize fit") && !$0.contains("--check-settings") })
      try place.remove(name)
      let missing = try place.fakeMake("tokenizer", "RUN=work/smoke")
      #expect(missing.code == 2)
      #expect(missing.error.contains("the folder '\(name)' with the images is missing"), "\(missing.error)")
      #expect(!place.exists("evil"))
    }
  }
}
