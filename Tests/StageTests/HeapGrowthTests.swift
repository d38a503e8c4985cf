import Foundation
import Shards
import TestSupport
import Testing

extension StageTests {
  /// Training plans its memory once: what a step takes it gives back.
  @Suite struct HeapGrowthTests {
    /// One thread and no per-thread caches of freed blocks, so that what is counted is what the program holds. The
    /// texts that the log keeps differ by a few bytes from step to step.
    @Test func `two hundred training steps leave nothing on the heap`() throws {
      let growth = try growth(threads: 1, tuning: "glibc.malloc.tcache_count=0")
      #expect(abs(growth) < 200, "less than a byte a step, found \(growth)")
    }

    /// libdispatch keeps up to 1,024 blocks of 64 bytes for each of its threads and then no more.
    @Test func `on two threads only the caches of the thread pool grow, up to their limits`() throws {
      let growth = try growth(threads: 2, tuning: "glibc.malloc.tcache_count=0")
      #expect(growth < 4 * 64 * 1024, "found \(growth)")
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
