import Comparison
import Files
import RunReport
import TestSupport
import Testing

/// The page of a preference study and the study that is read back from it.
struct PreferencePageTests {
  private let study = PreferenceStudy(
    arms: ["a", "b"], question: "Which & why, </script>?", ties: true, seed: 18_446_744_073_709_551_615,
    sources: [],
    pairs: [
      .init(name: "1", condition: "a </script> \"dress\"", a: "data:,x", b: "data:,y", isCheck: false),
      .init(name: "check-1", condition: "", a: "data:,x", b: "data:,y", isCheck: true),
    ])

  @Test func `a page gives back its study, whatever its words are`() throws {
    let place = try TemporaryFolder()
    let html = try study.page().html()
    #expect(html.components(separatedBy: "</script>").count == 3)
    try writeAtomically(Array(html.utf8), to: place.file("page.html"))
    #expect(try PreferenceStudy(page: place.file("page.html")) == study)
  }

  @Test func `a page that was changed is refused`() throws {
    let place = try TemporaryFolder()
    let html = try study.page().html()
    func message(_ text: String) -> String {
      do {
        try writeAtomically(Array(text.utf8), to: place.file("page.html"))
        _ = try PreferenceStudy(page: place.file("page.html"))
        return ""
      } catch { return "\(error)" }
    }
    #expect(message(html.replacing("data:,y", with: "data:,z")).contains("was changed"))
    #expect(message("<!DOCTYPE html>").contains("is no page of a preference study"))
  }
}
