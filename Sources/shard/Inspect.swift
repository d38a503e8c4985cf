import ArgumentParser
import Files
import Foundation
import Inspection
import Shards

/// `shard inspect`: what is in a file or a folder, for a person.
struct Inspect: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Say what is in shards: counts, orders, confidences, provenance.",
    discussion: """
      Reads and verifies everything below the paths. Orders are summarised: where they begin, how sure \
      the model was at each step, how far consecutive steps lie apart (the paper's d), and when each \
      location is generated on average, from yellow (first) to violet (last).

      EXAMPLES:
        shard inspect work/fashion-mini/orders
        shard inspect --json work/fashion-mini/orders | jq '.[0].step_distance'
        shard inspect --all work/fashion-mini/anyorder/model.shard
      """)

  @Argument(help: "Shard files, or folders of them.") var paths: [String]
  @Flag(help: "Print JSON.") var json = false
  @Flag(help: "List every tensor of a model.") var all = false

  func run() throws {
    try runWorkbench {
      var page = TextPage()
      var results: [JSONValue] = []
      for (index, group) in try paths.flatMap(ShardFolder.groups).enumerated() {
        let summary = try GroupSummary(group)
        if json {
          results.append(summary.json)
        } else {
          if index > 0 { page.line() }
          summary.describe(on: &page, everyTensor: all)
        }
      }
      print(try json ? finiteText(.array(results)) : String(page.text.dropLast()))
    }
  }
}
