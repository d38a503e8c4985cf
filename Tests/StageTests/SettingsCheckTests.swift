import Foundation
import TestSupport
import Testing

private let checks = [
  "tokenize fit --check-settings --config work/smoke/config/tokenizer.json",
  "tokenize encode --check-settings --config work/smoke/config/tokens.json",
  "extract-orders --check-settings --config work/smoke/config/orders.json",
  "score likelihood --check-settings --config work/smoke/config/score.json",
  "score features --check-settings --config work/smoke/config/score.json",
  "train-anyorder --check-settings --config work/smoke/config/anyorder.json",
  "train-anyorder --check-settings --config work/smoke/config/raster-scratch.json",
  "distill --check-settings --config work/smoke/config/distill.json",
  "distill --check-settings --config work/smoke/config/distill-direct.json",
  "distill --check-settings --config work/smoke/config/anyorder-long.json",
  "distill --check-settings --config work/smoke/config/raster-tuned.json",
  "sample --check-settings --config work/smoke/config/samples-distill-teacher.json",
]

extension StageTests {
  /// Settings of all stages are checked before the first stage runs, and what SET may say.
  @Suite struct SettingsCheckTests {
    @Test func `the last stage's wrong setting stops make before the first stage`() throws {
      let place = try Workplace()
      try place.fakePrograms(refusing: "\"steps\": -5")
      let result = try place.fakeMake("all", "PRESET=smoke", "SET=distill.steps=-5")
      #expect(result.code == 2)
      #expect(result.error.contains("distill: work/smoke/config/distill.json: wrong settings."))
      #expect(result.error.contains("Error 78"), "\(result.error)")
      let calls = place.calls().filter { !$0.hasPrefix("shard ") }
      #expect(Set(checks).isSubset(of: calls), "\(calls)")
      #expect(calls.allSatisfy { $0.contains("--check-settings") }, "a stage ran: \(calls)")
    }

    @Test func `settings that cannot be written end with 74 and one sentence`() throws {
      let place = try Workplace()
      for script in [
        ["stamp", "smoke", "/dev/null/x"], ["prepare", "smoke", "/dev/null", "shard"],
        ["check", "bin", "/dev/null/.checked"],
      ] {
        let result = try Command.run(["pipeline/" + script[0]] + script.dropFirst(), in: place.path)
        #expect(result.code == 74, "\(script): \(result.code) \(result.text)")
        #expect(
          result.error.components(separatedBy: "\(script[0]) cannot write what the line above names").count
            == 2,
          "\(script): \(result.text)")
      }
    }

    @Test func `the programs themselves refuse it, and nothing is made`() throws {
      let place = try Workplace()
      for (set, key) in [
        ("distill.steps=-5", "training.steps"), ("sampling.images=0", "sampling.images"),
        ("model.width=33", "width"), ("score.neighbours=-1", "score.neighbours"),
      ] {
        let result = try place.make("all", "PRESET=smoke", "SET=" + set)
        #expect(result.code == 2)
        #expect(result.error.contains("Error 78") && result.error.contains(key), "\(set): \(result.error)")
        #expect(try place.results().isEmpty, "\(set)")
      }
    }

    @Test func `settings are checked again only where they changed, and not by dry runs`() throws {
      let place = try Workplace()
      try place.fakePrograms()
      let dry = try place.fakeMake("-n", "tokenizer", "PRESET=smoke")
      #expect(dry.code == 0, "\(dry.text)")
      #expect(!dry.output.contains("pipeline/check"), "\(dry.output)")
      #expect(place.calls().isEmpty)
      func checked(_ arguments: String...) throws -> [String] {
        let result = try Command.run(["make", "BIN=fake", "tokenizer"] + arguments, in: place.path)
        #expect(result.code == 0, "\(result.text)")
        return place.calls().filter { $0.contains("--check-settings") }.map {
          $0.split(separator: "/").last.map(String.init) ?? ""
        }
      }
      #expect(try checked("PRESET=smoke").count == 20)
      #expect(try checked("PRESET=smoke").isEmpty)
      #expect(
        try checked("PRESET=smoke", "SET=distill.steps=30 orders.batch=8").sorted() == [
          "distill.json", "orders.json",
        ])
    }

    @Test func `texts and lists with blanks are settings`() throws {
      let place = try Workplace()
      let about = #"One sentence, with $HOME, #1, 'quotes' and a \"word\""#
      for _ in 0..<2 {
        // The second time it is remembered.
        let result = try place.make(
          "list-orders", "RUN=work/own", "PRESET=smoke",
          "SET=about=\"\(about)\" sampling.seeds=[3, 4, 5]  distill.steps=21")
        #expect(result.code == 0, "\(result.text)")
        let again = try place.make("list-orders", "RUN=work/own")
        #expect(again.code == 0, "\(again.text)")
        let settings = try String(
          contentsOfFile: place.file("work/own/config/settings.json"), encoding: .utf8)
        #expect(settings.contains("\"about\": \"\(about)\""), "\(settings)")
        #expect(settings.contains("\"steps\": 21"))
        #expect(settings.replacing(/\s/, with: "").contains("\"seeds\":[3,4,5]"))
      }
    }

    @Test(arguments: [
      ("about=\"half", "without its end"), ("distill.steps", "expected section.key=value"),
      ("distill.steps=\"30\"", "expected a number"), ("nothing.here=1", "unknown key"),
      ("tokens.train_shards=99999", "a whole number from 1 to 16384, found 99999"),
      ("tokens.train_shards=0", "a whole number from 1 to 16384"),
      ("tokens.test_shards=2.5", "a whole number from 1 to 16384"),
      ("sampling.seeds=[]", "a list of 1 to 1024 whole numbers"),
      ("data.path=\"a\\nb\"", "a string without line breaks"),
      ("arms.distill-teacher.teacher=\"$(shell touch evil)\"", "must be \"\" or one of"),
    ])
    func `a wrong SET is refused in one sentence and leaves no run`(set: String, said: String) throws {
      let place = try Workplace()
      let result = try place.make("list-orders", "PRESET=smoke", "SET=" + set)
      #expect(result.code == 2)
      #expect(result.error.contains(said), "\(result.error)")
      #expect(!place.exists("work/smoke") && !place.exists("evil"))
    }

    @Test func `a second SET says which overrides it drops`() throws {
      let place = try Workplace()
      try place.made("list-orders", "PRESET=smoke", "SET=distill.steps=21 distill.seed=5 orders.batch=8")
      let result = try place.made("list-orders", "RUN=work/smoke", "SET=orders.batch=4 distill.seed=2")
      let warnings = result.error.split(separator: "\n").filter { $0.contains("warning") }
      #expect(
        warnings == [
          "make: warning: SET replaces what work/smoke remembered: distill.steps=21 is dropped (now 20). "
            + "Give all overrides in one SET to keep them."
        ])
      #expect(try place.made("list-orders", "RUN=work/smoke", "SET=").error == "", "SET= asks for it")
      #expect(
        !(try place.made("list-orders", "RUN=work/smoke", "SET=orders.batch=8").error.contains("warning")))
    }
  }
}
