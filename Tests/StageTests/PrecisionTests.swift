import Files
import Foundation
import Kernels
import Shards
import TestSupport
import Testing

extension StageTests {
  /// The setting `compute.precision`, with what the build under test can do.
  @Suite struct PrecisionTests {
    private static let model = "work/smoke/anyorder/model.shard"

    @Test func `a precision is computed in and recorded, or refused with the reason`() throws {
      let place = try Workplace()
      let result = try place.make("anyorder", "PRESET=smoke", "SET=compute.precision=bfloat16")
      if let reason = Precision.bfloat16.unavailableReason {
        #expect(
          result.error.contains(
            "work/smoke/config/anyorder.json: 'compute.precision' must be float32 because \(reason), "
              + "found bfloat16."), "\(result.text)")
        #expect(result.error.contains("Error 78") && !place.exists(Self.model))
        return
      }
      try #require(result.code == 0, "\(result.text)")
      #expect(result.error.contains("threads, bfloat16, OpenBLAS"), "\(result.error)")
      let half = try ShardHeader.read(place.file(Self.model))
      #expect(half.provenance.precision == "bfloat16")
      let record = try JSONValue(parsing: place.bytes("work/smoke/anyorder/model.run.json"))
      #expect(record["precision"]?.string == "bfloat16")
      // Another precision is another configuration, and makes the model anew; tokens do not depend on it.
      let again = try place.made("anyorder", "PRESET=smoke", "SET=compute.precision=float32")
      #expect(!again.text.contains("/tokenize "), "\(again.text)")
      let single = try ShardHeader.read(place.file(Self.model))
      #expect(single.provenance.precision == "float32" && single.contentID != half.contentID)
      #expect(single.provenance.configID != half.provenance.configID)
    }

    @Test func `a word that is no precision is refused`() throws {
      let place = try Workplace()
      let result = try place.make("anyorder", "PRESET=smoke", "SET=compute.precision=float16")
      #expect(
        result.error.contains("'compute.precision' must be one of float32, bfloat16, found \"float16\""),
        "\(result.text)")
      #expect(result.error.contains("Error 78"))
    }
  }
}
