import Foundation
import TestSupport
import Testing

extension StageTests {
  /// The short form of the campaign that `pipeline/FAULTS.md` reports.
  @Suite struct FaultsTests {
    @Test func `runs that are broken in many ways end with the same bytes`() throws {
      let place = try Workplace()
      let result = try Command.run(
        [
          "pipeline/faults", "--seed", "11", "--faults", "8", "--minutes", "4", "--folder",
          place.file("faults"),
        ],
        in: place.path, environment: ["BIN": Workplace.binaries])
      #expect(result.code == 0, "\(result.text.suffix(4000))")
      #expect(result.output.contains("all runs ended with the same bytes"))
    }
  }
}
