import Files
import Foundation
import Images
import TestSupport
import Testing

/// `score preference` with a script in place of a participant, in a browser without a window.
@Suite struct ScorePreferenceTests {
  let place: TemporaryFolder

  init() throws { place = try TemporaryFolder() }

  private static let browser: String? = ["chromium", "chromium-browser", "google-chrome"].first { name in
    (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").contains {
      FileManager.default.isExecutableFile(atPath: "\($0)/\(name)")
    }
  }

  private func score(_ arguments: String...) throws -> Command.Result {
    try Command.run([Workplace.binaries + "/score", "preference"] + arguments, in: place.path)
  }

  /// Pictures of two classes, in folders named after them.
  private func writeArm(_ name: String, seed: UInt64, names: [String] = ["0", "1", "2", "3"]) throws {
    let images = try ImageSource.shapes.load(
      split: .test, limit: names.count, size: 12, channels: 3, seed: seed)
    for (index, image) in images.images.enumerated() {
      let folder = place.file("\(name)/\(index % 2 == 0 ? "boot" : "bag")")
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      try PNG.write(image, to: "\(folder)/\(names[index]).png")
    }
  }

  private func writePage(_ extra: String...) throws -> Command.Result {
    try writeArm("ours", seed: 1)
    try writeArm("theirs", seed: 2)
    let words = ["page", "--arms", "ours", "theirs", "--real", "ours", "--pairs", "4", "--checks", "2"]
    return try Command.run(
      [Workplace.binaries + "/score", "preference"] + words + ["--out", "study.html"] + extra, in: place.path)
  }

  /// Opens a copy of the page with a script behind its own in a new browser, and gives the text of the answers.
  ///
  /// On a busy machine the browser may print a page that is just being opened again: then another one is asked, up to
  /// five in all, until there are answers.
  private func answers(_ browser: String, with script: String) throws -> String {
    for _ in 0..<4 {
      let text = try shown(browser, after: script)
      if !text.isEmpty { return text }
    }
    return try shown(browser, after: script)
  }

  private func shown(_ browser: String, after script: String) throws -> String {
    let page = try String(contentsOf: place.url("study.html"), encoding: .utf8)
    let copy = page.replacing("</body>", with: "<script>\(script)</script></body>")
    try copy.write(to: place.url("copy.html"), atomically: true, encoding: .utf8)
    let run = try Command.run(
      [
        browser, "--headless", "--no-sandbox", "--disable-gpu",
        "--user-data-dir=" + place.file("profile-" + UUID().uuidString),
        "--virtual-time-budget=5000", "--dump-dom", "file://" + place.file("copy.html"),
      ], in: place.path)
    let found = try #require(run.output.firstMatch(of: /(?s)<pre id="answers">(.*?)<\/pre>/), "\(run.text)")
    return String(found.1).replacing("&amp;", with: "&")
  }

  /// A participant who knows the study: chooses `a`, by keys and by clicks in turn, closes the page after three
  /// answers, opens it again, and takes one answer back and gives it anew.
  private static let participant = """
    const again = sessionStorage.getItem("again");
    const shown = () => study.pairs.find(pair => element("left-image").src === pair.a
      || element("left-image").src === pair.b);
    const press = key => document.dispatchEvent(new KeyboardEvent("keydown", { key: key, bubbles: true }));
    if (!again) {
      press("ArrowLeft");
      element("agree").click();
    } else {
      if (!element("place").textContent.startsWith("Pair 4 of 6")) throw new Error("lost its place");
      press("ArrowDown");
      press("Backspace");
    }
    for (let step = 0; !element("trial").hidden; step++) {
      if (step === 3 && !again) { sessionStorage.setItem("again", "1"); location.reload(); break; }
      const side = shown().a === element("left-image").src ? "left" : "right";
      if (step % 2) element(side).click(); else press(side === "left" ? "ArrowLeft" : "ArrowRight");
    }
    """

  @Test(.enabled(if: browser != nil, "there is no chromium"))
  func `a page that is answered, left and opened again gives answers that are analysed`() throws {
    let browser = try #require(Self.browser)
    let written = try writePage("--ties")
    #expect(written.code == 0, "\(written.text)")
    let text = try answers(browser, with: Self.participant)
    try text.write(to: place.url("one.json"), atomically: true, encoding: .utf8)
    let run = try score("analyse", "--page", "study.html", "--answers", "one.json", "--json", "out.json")
    #expect(run.code == 0, "\(run.text)\n\(text)")
    #expect(run.output.contains("ours preferred to theirs: 100.0 % of 4 judgements"), "\(run.output)")
    let found = try JSONValue(parsing: Array(try Data(contentsOf: place.url("out.json"))))
    #expect(found["win_rate"]?["wins"]?.int == 4 && found["checks"]?.int == 2)
    #expect(found["by_condition"]?.array?.compactMap { $0["name"]?.string } == ["bag", "boot"])
    #expect(found["provenance"]?["inputs"]?.array?.count == 2)
    #expect(found["participants"]?.array?.count == 1 && found["left_out"]?.array?.isEmpty == true)
  }

  @Test(.enabled(if: browser != nil, "there is no chromium"))
  func `another participant sees other sides, and who declines leaves nothing`() throws {
    let browser = try #require(Self.browser)
    _ = try writePage()
    let always = """
      element("agree").click();
      while (!element("trial").hidden) element("left").click();
      """
    let sides = try (0..<3).map { _ in
      let text = try answers(browser, with: always)
      return try JSONValue(parsing: text)["answers"]?.array?.map(\.text) ?? []
    }
    #expect(Set(sides).count > 1 && sides.allSatisfy { $0.count == 6 })
    let declined = try shown(browser, after: "element('decline').click();")
    #expect(declined.isEmpty)
  }

  @Test func `equal arms give equal pages, and what does not fit gets a sentence`() throws {
    #expect(try writePage().code == 0)
    let first = try Data(contentsOf: place.url("study.html"))
    #expect(try writePage().code == 0)
    #expect(try Data(contentsOf: place.url("study.html")) == first)
    let more = try score(
      "page", "--arms", "ours", "theirs", "--checks", "0", "--pairs", "5", "--out", "x.html")
    #expect(more.code == 65 && more.error.contains("have 4 pairs, expected 5 at least"), "\(more.text)")
    let blind = try score("page", "--arms", "ours", "theirs", "--out", "x.html")
    #expect(blind.code == 64 && blind.error.contains("Attention checks need real images"), "\(blind.text)")
    try "a red dress".write(to: place.url("ours/boot/0.txt"), atomically: true, encoding: .utf8)
    let other = try score(
      "page", "--arms", "ours", "theirs", "--checks", "0", "--pairs", "3", "--out", "x.html")
    #expect(other.code == 65 && other.error.contains("was made for 'a red dress' in ours"), "\(other.text)")
    #expect(!FileManager.default.fileExists(atPath: place.file("x.html")))
    try "{}".write(to: place.url("one.json"), atomically: true, encoding: .utf8)
    let bad = try score("analyse", "--page", "study.html", "--answers", "one.json")
    #expect(bad.code == 65 && bad.error.contains("one.json is no file of answers"), "\(bad.text)")
  }
}
