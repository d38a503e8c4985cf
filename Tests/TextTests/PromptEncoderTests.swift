import Shards
import TestSupport
import Testing
import Text

/// Prompts become ids, or a sentence.
@Suite struct PromptEncoderTests {
  private func encoder(length: Int) throws -> PromptEncoder {
    let folder = try TemporaryFolder()
    let provenance = Provenance(stage: "tokenize", algorithm: 1, configID: "", seed: 0)
    let id = try TextFixtures.tokenizerA().table(origin: "a fixture").write(
      to: folder.file("tokenizer.shard"), provenance: provenance)
    let encoder = try PromptEncoder(reading: folder.file("tokenizer.shard"), length: length)
    #expect(encoder.tokenizerContentID == id)
    return encoder
  }

  @Test func `a prompt becomes ids`() throws {
    var encoder = try encoder(length: 5)
    #expect(try encoder.encode("A red shoe") == .init(ids: [278, 347, 362, 0, 0], remarks: []))
  }

  @Test(arguments: ["", " ", "\n\t \u{3000}"]) func `an empty prompt is refused`(prompt: String) throws {
    var encoder = try encoder(length: 5)
    let error = #expect(throws: TextError.self) { try encoder.encode(prompt) }
    #expect(error?.exitCode == 64)
  }

  @Test func `what is not read as it was written is said`() throws {
    var encoder = try encoder(length: 5)
    let long = try encoder.encode("a red shoe on white, " + String(repeating: "x", count: 10_000))
    #expect(long.ids == [278, 347, 362, 295, 271] && long.remarks.count == 1)
    #expect(long.remarks[0].contains("5 tokens") && long.remarks[0].contains("'…a red shoe on white'"))
    let broken = try encoder.encode(String(decoding: [0x61, 0xfe] as [UInt8], as: UTF8.self))
    #expect(broken.remarks.count == 1 && broken.remarks[0].contains("no UTF-8"))
    #expect(try encoder.encode("ᚠᚢ").remarks.count == 1, "six bytes that were never seen, and a space")
  }
}
