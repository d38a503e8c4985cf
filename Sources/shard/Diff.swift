import ArgumentParser
import Files
import Foundation
import Inspection
import Shards
import StageKit

/// `shard diff`: where two results differ.
struct Diff: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Compare two shards, or two folders of them.",
    discussion: """
      Says which facts differ and, for each column, how many elements, where first and by how much, and in \
      the end how many records and numbers and which records. Ends with 0 if the numbers are the same, with 1 \
      if not. Provenance is shown but does not count: equal results may have been made in different ways. Of \
      shards with different numbers of records those that both have are compared.

      EXAMPLES:
        shard diff work/a/orders work/b/orders
        shard diff --tolerance 1e-5 work/a/distill/model.shard work/b/distill/model.shard
      """)

  @Argument(help: "A shard file or a folder.") var first: String
  @Argument(help: "What to compare it with.") var second: String
  @Option(help: "Largest difference of two floating-point numbers that is let pass.") var tolerance = 0.0
  @Flag(help: "Print nothing; only the exit code tells.") var quiet = false

  func validate() throws {
    guard tolerance >= 0, tolerance.isFinite else {
      throw ValidationError("--tolerance must be a number of at least 0, found \(tolerance).")
    }
  }

  func run() throws {
    var same = true
    try runWorkbench {
      let pairs = try ShardFolder.pairs(first, second)
      var (different, records, differentRecords) = (0, 0, 0)
      for (left, right) in pairs {
        let difference = try ShardDifference(left, right, tolerance: tolerance)
        different += difference.counts ? 1 : 0
        records += difference.records
        differentRecords += difference.differentRecords.count
        if !quiet, !difference.text.isEmpty {
          print(([left + "  " + right] + difference.text).joined(separator: "\n  "))
        }
      }
      same = different == 0
      if !quiet, !same, pairs.count > 1 {
        print(
          "in all: \(grouped(different)) of \(grouped(pairs.count)) pairs of shards differ, in "
            + "\(grouped(differentRecords)) of \(grouped(records)) records")
      }
    }
    if !same { throw ExitCode(1) }
  }
}
