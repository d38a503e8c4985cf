import Comparison
import Files
import Shards
import TestSupport
import Testing

/// What participants of a preference study answered, put together.
struct PreferenceTests {
  /// The paper's Table 6: of 51 participants, how many preferred the paper's model in each of 21 pairs.
  private static let table = [
    33, 39, 45, 26, 33, 49, 48, 41, 40, 12, 34, 10, 33, 13, 20, 32, 15, 42, 41, 41, 42,
  ]

  private func study(_ conditions: [String], checks: Int = 1, ties: Bool = false) -> PreferenceStudy {
    let pairs = conditions.enumerated().map {
      PreferenceStudy.Pair(name: "pair-\($0)", condition: $1, a: "a\($0)", b: "b\($0)", isCheck: false)
    }
    let broken = (0..<checks).map {
      PreferenceStudy.Pair(name: "check-\($0)", condition: "", a: "real", b: "noise", isCheck: true)
    }
    return PreferenceStudy(
      arms: ["ours", "theirs"], question: "Which?", ties: ties, seed: 1, sources: [], pairs: pairs + broken)
  }

  /// A participant who chooses the given arms, nil for a tie; `a` of checks if not told otherwise. Every second pair
  /// has the image `a` at the right.
  private func answers(
    _ study: PreferenceStudy, _ name: String, _ choices: [PreferenceStudy.Side?],
    check: PreferenceStudy.Side = .a
  ) throws -> PreferenceAnswers {
    let whole = choices + study.pairs.dropFirst(choices.count).map { _ in check }
    let found = zip(study.pairs, whole).enumerated().map { index, entry in
      let left: PreferenceStudy.Side = index % 2 == 0 ? .a : .b
      let choice: PreferenceAnswers.Choice = entry.1.map { $0 == left ? .left : .right } ?? .tie
      return PreferenceAnswers.Answer(pair: entry.0.name, left: left, choice: choice)
    }
    return PreferenceAnswers(page: try study.id(), participant: name, answers: found)
  }

  private func record(
    _ study: PreferenceStudy, _ answers: [PreferenceAnswers], allowed: Int = 0
  ) throws -> PreferenceRecord? {
    try PreferenceRecord(study, answers, allowedFailures: allowed, permutations: 2000, seed: 3)
  }

  @Test func `the paper's table gives the paper's numbers`() throws {
    let study = study((1...21).map { "Q\($0)" })
    let people = try (0..<51).map { person in
      try answers(study, "p\(person)", Self.table.map { person < $0 ? .a : .b })
    }
    let found = try #require(try record(study, people))
    #expect(found.winRate.wins == 689 && found.winRate.losses == 382 && found.winRate.ties == 0)
    #expect(abs(found.winRate.rate - 0.6433239962651728) < 1e-12)
    #expect(abs(found.winRate.interval[0] - 0.6141701662845441) < 1e-12)
    #expect(found.preferred == 16 && found.byCondition.count == 21)
    #expect(found.strong == 14)
    let pairs = try #require(found.overPairs)
    #expect(abs(pairs.standardError - 0.05220498344625824) < 1e-12 && pairs.clusters == 21)
    #expect(abs(pairs.interval[0] - 0.5344263090450381) < 1e-8)
    #expect(abs(pairs.interval[1] - 0.7522216834853077) < 1e-8)
    #expect((0.005...0.03).contains(pairs.pValue), "\(pairs.pValue)")
    let participants = try #require(found.overParticipants)
    #expect(abs(participants.standardError - 0.044916247584666134) < 1e-12 && participants.clusters == 51)
    #expect(found.byPair[9].wins == 12 && found.byPair[9].name == "pair-9")
    #expect(found.checks == 1 && found.leftOut.isEmpty && found.participants.count == 51)
  }

  @Test func `a tie counts half, and sides do not matter`() throws {
    let study = study(["x", "y", "x", "y"], ties: true)
    let found = try #require(
      try record(
        study, [try answers(study, "one", [.a, nil, .a, .b]), try answers(study, "two", [.b, .b, .a, nil])]))
    #expect(found.winRate.wins == 3 && found.winRate.ties == 2 && found.winRate.losses == 3)
    #expect(found.winRate.rate == 0.5)
    #expect(found.byCondition.map(\.name) == ["x", "y"])
    #expect(found.byCondition.map(\.rate) == [0.75, 0.25])
    #expect(found.preferred == 1)
    // Of the six choices the pairs 0, 0, 1, 2, 2, 3 had the image a left, right by turns.
    #expect(found.leftShare == 5.0 / 6)
    #expect(found.overParticipants?.pValue == 1)
  }

  @Test func `who fails checks is left out and counted`() throws {
    let study = study(["x", "y"], checks: 2)
    let good = try answers(study, "good", [.a, .a])
    let careless = try answers(study, "careless", [.b, .b], check: .b)
    let found = try #require(try record(study, [good, careless]))
    #expect(found.participants == ["good"] && found.winRate.rate == 1)
    #expect(found.leftOut.map(\.participant) == ["careless"] && found.leftOut[0].failedChecks == 2)
    #expect(found.overParticipants == nil && found.overPairs?.clusters == 2)
    #expect(try #require(try record(study, [good, careless], allowed: 2)).participants.count == 2)
    #expect(try record(study, [careless]) == nil)
  }

  @Test func `pairs are balanced over conditions`() {
    let conditions = (0..<90).map { $0 < 60 ? "many" : $0 < 85 ? "some" : "few" }
    let chosen = PreferenceStudy.balanced(conditions, count: 30, seed: 4)
    let counts = Dictionary(chosen.map { (conditions[$0], 1) }, uniquingKeysWith: +)
    #expect(Set(chosen).count == 30)
    #expect(counts["few"] == 5 && [12, 13].contains(counts["many"]) && [12, 13].contains(counts["some"]))
    #expect(chosen != PreferenceStudy.balanced(conditions, count: 30, seed: 5))
  }

  @Test func `bad answers get one sentence`() throws {
    let place = try TemporaryFolder()
    let study = study(["x", "y"])
    let good = try JSONValue(record: try answers(study, "one", [.a, .b]))
    func message(_ files: [JSONValue?]) -> String {
      do {
        let paths = try files.enumerated().map { index, json in
          let text = json?.text ?? "{"
          try writeAtomically(Array(text.utf8), to: place.file("\(index).json"))
          return place.file("\(index).json")
        }
        _ = try PreferenceAnswers.read(paths, to: study)
        return ""
      } catch { return "\(error)" }
    }
    func changed(_ key: String, _ value: JSONValue) -> JSONValue {
      .object((good.object ?? [:]).merging([key: value]) { $1 })
    }
    let given = good["answers"]?.array ?? []
    #expect(message([good]) == "")
    #expect(message([nil]).contains("is no file of answers"))
    #expect(message([["answers": 3]]).contains("is no file of answers"))
    #expect(message([changed("kind", "letters")]).contains("found the kind 'letters'"))
    #expect(message([changed("page", "f00")]).contains("answers another page"))
    #expect(message([good, good]).contains("of the participant one"))
    #expect(message([changed("answers", .array(Array(given.dropLast())))]).contains("'check-0' is missing"))
    #expect(message([changed("answers", .array(given + [given[0]]))]).contains("the pair 'pair-0' twice"))
    let unknown: JSONValue = ["pair": "pair-7", "left": "a", "choice": "left"]
    #expect(message([changed("answers", .array(given + [unknown]))]).contains("a pair 'pair-7'"))
    let tie: JSONValue = ["pair": "pair-0", "left": "a", "choice": "tie"]
    #expect(message([changed("answers", .array([tie] + given.dropFirst()))]).contains("with a tie"))
  }
}
