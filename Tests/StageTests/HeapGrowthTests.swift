import Files
import Foundation
import TestSupport
import Testing

extension StageTests {
  /// Training plans its memory once: what a step takes it gives back.
  @Suite struct HeapGrowthTests {
    /// No per-thread caches of freed blocks, so that what is counted is what the program holds. The texts that the log
    /// keeps differ by a few bytes from step to step.
    @Test(arguments: [1, 2]) func `two hundred training steps leave nothing on the heap`(threads: Int) throws
    {
      let growth = try growth(threads: threads, tuning: "glibc.malloc.tcache_count=0")
      #expect(abs(growth) < 200, "less than a byte a step, found \(growth)")
    }

    /// Bytes in use after 250 steps minus those after 50, measurements of the likelihood included.
    private func growth(threads: Int, tuning: String) throws -> Int {
      let place = try SmokeRun.copy()
      try place.settings("RUN=work/long", "SET=anyorder.steps=250")
      let result = try place.stage(
        "train-anyorder", "--config", "work/long/config/anyorder.json", "--tokens", "work/smoke/tokens",
        "--out", "work/long/anyorder/model.shard", "--threads", "\(threads)",
        environment: ["GLIBC_TUNABLES": tuning])
      try #require(result.code == 0, "\(result.text)")
      let record = try JSONValue(parsing: place.bytes("work/long/anyorder/model.run.json"))
      return try #require(record["heap_growth_bytes"]?.string.flatMap { Int($0) })
    }
  }
}
