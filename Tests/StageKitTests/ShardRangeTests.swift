import Shards
import StageKit
import Testing

@Suite struct ShardRangeTests {
  @Test func `a range names its parts and their files`() throws {
    let one = try ShardRange(option: "17/1024")
    #expect(one.parts.map(\.description) == ["00017-of-01024"])
    let several = try ShardRange(option: "2-4/5")
    #expect(several.parts.map(\.index) == [2, 3, 4])
    #expect(
      several.paths(in: "run/orders//", .orders)
        == ["2", "3", "4"].map { "run/orders/orders-0000\($0)-of-00005.shard" })
    #expect(try ShardRange(option: "0/1").paths(in: "/", .tokens) == ["/tokens-00000-of-00001.shard"])
    #expect(try ShardRange(option: "0-99998/99999").parts.count == 99_999)
  }

  @Test(arguments: [
    "", "3", "3/", "/3", "3/3", "-1/3", "2-1/3", "0-3/3", "0-1-2/3", "1-/3", "a/3", "0/0", "+0/3", " 0/3",
    "0/100000",
    "0/3/4", "99999999999999999999/3",
  ]) func `anything else is refused, and said`(text: String) {
    #expect { try ShardRange(option: text) } throws: {
      "\($0)".contains("such as 17/1024 or 16-31/1024, found '\(text)'")
    }
  }
}
