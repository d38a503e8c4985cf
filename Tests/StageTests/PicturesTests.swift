import Foundation
import TestSupport
import Testing

extension StageTests {
  /// PNG files of shards that are done.
  @Suite struct PicturesTests {
    private func pictures(_ place: Workplace, _ folder: String) -> [String] {
      let names =
        FileManager.default.enumerator(atPath: place.file(folder))?.compactMap { $0 as? String } ?? []
      return names.filter { $0.hasSuffix(".png") }.sorted()
    }

    @Test func `PNG=1 on a finished run writes the pictures, once, and makes nothing else`() throws {
      let place = try SmokeRun.copy()
      let made = try place.made("all", "PRESET=smoke", "PNG=1")
      #expect(!made.error.contains("wrote"), "\(made.error)")
      let folder = "work/smoke/samples/distill-teacher/png"
      // 16 images of each of two seeds, and two sheets beside each.
      #expect(pictures(place, folder).count == 2 * (16 + 2))
      #expect(pictures(place, "work/smoke/samples").count == 9 * 2 * (16 + 2))
      #expect(
        try place.made("all", "PRESET=smoke", "PNG=1").output == "make: Nothing to be done for 'all'.\n")
      #expect(try place.made("all", "PRESET=smoke").output == "make: Nothing to be done for 'all'.\n")
      #expect(try place.results() == SmokeRun.finished().results)

      try place.remove(folder)
      let again = try place.made("samples", "PRESET=smoke", "PNG=1")
      #expect(again.output.split(separator: "\n").count == 2, "one arm only: \(again.output)")
      #expect(pictures(place, folder).count == 2 * (16 + 2))
    }

    @Test func `pictures of completed images are written from finished shards too`() throws {
      let place = try SmokeRun.copy()
      try place.made("editing", "PRESET=smoke")
      #expect(pictures(place, "work/smoke/editing").isEmpty)
      let made = try place.made("editing", "PRESET=smoke", "PNG=1")
      #expect(!made.error.contains("wrote"), "\(made.error)")
      // Two files for each of 8 images, and one sheet.
      #expect(pictures(place, "work/smoke/editing/distill-greedy-50/png/seed-1").count == 2 * 8 + 1)
      #expect(
        try place.made("editing", "PRESET=smoke", "PNG=1").output
          == "make: Nothing to be done for 'editing'.\n")
    }

    @Test func `pictures are the same as those written when sampling`() throws {
      let place = try SmokeRun.copy()
      let samples = "work/smoke/samples/distill-greedy/samples-00001-of-00002.shard"
      let sampled = try place.stage(
        "sample", "--config", "work/smoke/config/samples-distill-greedy.json", "--model",
        "work/smoke/distill/model.shard", "--tokenizer", "work/smoke/tokenizer/model.shard", "--shard",
        "00001-of-00002",
        "--out", samples, "--png", "first")
      #expect(sampled.code == 0, "\(sampled.text)")
      let written = try place.stage("sample", "pictures", samples, "--png", "second")
      #expect(written.code == 0, "\(written.text)")
      #expect(!pictures(place, "first").isEmpty)
      #expect(pictures(place, "first") == pictures(place, "second"))
      for name in pictures(place, "first") {
        #expect(try place.bytes("first/" + name) == place.bytes("second/" + name))
      }

      #expect(try place.stage("sample", "pictures", "missing.shard", "--png", "third").code == 66)
      #expect(
        try place.stage("sample", "pictures", "work/smoke/distill/model.shard", "--png", "third").code == 65)
      #expect(!place.exists("third"))
    }
  }
}
