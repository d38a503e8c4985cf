import Kernels
import TestSupport
import Testing

/// The whole pipeline gives the same bytes for any number of threads, more than the machine has among them: with five
/// blocks and many groups of sequences in a pass, so that threads really meet.
@Suite(.serialized) struct ThreadsTests {
  private static func settings(_ precision: Precision) -> String {
    """
    SET=compute.precision=\(precision.rawValue) model.layers=5 data.train_images=96 data.test_images=96 \
    tokenizer.epochs=1 tokens.train_shards=1 anyorder.steps=6 anyorder.batch=96 anyorder.warmup=2 \
    anyorder.validate_every=3 anyorder.validate_images=96 raster-scratch.steps=2 raster-scratch.warmup=0 \
    distill.steps=4 distill.batch=96 distill.annealing_start=0 distill.annealing_end=2 distill.validate_every=2 \
    distill.validate_images=96 distill-direct.steps=2 anyorder-long.steps=2 raster-tuned.steps=2 \
    sampling.seeds=[1] sampling.images=24 sampling.batch=24 score.likelihood_images=96
    """
  }

  @Test(arguments: Precision.tested)
  func `a run is the same for any number of threads`(precision: Precision) throws {
    let place = try Workplace()
    var results: [[String: String]] = []
    for threads in ThreadCounts.all {
      let run = "work/threads-\(threads)"
      try place.made(
        "scores", "PRESET=smoke", "RUN=\(run)", "THREADS=\(threads)", Self.settings(precision))
      results.append(try place.results(run))
      // The curves of validation are likelihoods too.
      results[results.count - 1]["metrics"] = String(
        decoding: try place.bytes(run + "/distill/metrics.jsonl"), as: UTF8.self)
    }
    #expect(results[0].count > 30)
    for (threads, found) in zip(ThreadCounts.all, results).dropFirst() {
      let differing = results[0].filter { found[$0.key] != $0.value }.keys.sorted()
      #expect(differing.isEmpty, "with \(threads) threads: \(differing)")
      #expect(found.count == results[0].count)
    }
  }

  @Test func `orders that are compared with themselves are equally likely`() throws {
    let place = try Workplace()
    try place.made("anyorder", "PRESET=smoke", Self.settings(.float32))
    try place.made("orders", "PRESET=smoke", Self.settings(.float32))
    for threads in ThreadCounts.all {
      let said = try place.stage(
        "shard", "agreement", "work/smoke/orders", "work/smoke/orders", "--tokens", "work/smoke/tokens/train",
        "--model", "work/smoke/anyorder/model.shard", "--threads", "\(threads)", "--json")
      #expect(said.code == 0, "\(said.text)")
      let bits = try #require(Self.bits(said.output), "\(said.output)")
      #expect(bits.count == 2 && bits[0] == bits[1], "\(threads) threads: \(bits)")
    }
  }

  /// The likelihoods in the JSON that `shard agreement` prints.
  private static func bits(_ text: String) -> [String]? {
    let found = text.matches(of: /"(?:first|second)": ([0-9.]+)/).map { String($0.1) }
    return found.isEmpty ? nil : found
  }
}
