import Shards
import StageKit
import Testing

private struct Section: CheckedConfiguration {
  let first: Int
  let second: Int

  func check(_ rules: inout ConfigurationRules) {
    rules.requirePositive(first, "first")
    rules.requirePositive(second, "second")
  }
}

@Test func `of several broken rules the first is reported`() {
  let error = #expect(throws: ConfigurationError.self) {
    try StageConfiguration.decode(["first": -1, "second": -2], as: Section.self, path: "c.json")
  }
  #expect(error?.description.contains("'first' must be above 0, found -1") == true)
}
