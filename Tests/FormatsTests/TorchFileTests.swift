import Files
import Formats
import Foundation
import Shards
import TestSupport
import Testing

@Suite struct TorchFileTests {
  private static let folder = FixtureFile.folder.appending(path: "torch")

  private func path(_ name: String) -> String { Self.folder.appending(path: name).path }

  /// The safetensors file that torch's own numbers were written to.
  private func expected(_ name: String) throws -> [StoredTensor] {
    try Safetensors(reading: path(name + ".safetensors")).tensors
  }

  @Test(arguments: ["weights.pt", "weights-deflated.pt", "weights-legacy.pt", "weights-protocol-4.pt"])
  func `every format, type and view gives torch's numbers`(name: String) throws {
    let file = try CheckpointFile(reading: path(name))
    #expect(file.key == "" && file.metadata.isEmpty)
    #expect(file.entries.count == 18)
    #expect(try file.tensors() == expected("weights"))
  }

  @Test(arguments: ["nested.pt", "nested-legacy.pt"])
  func `a key path picks one of several sets of tensors`(name: String) throws {
    #expect(try CheckpointFile(reading: path(name), at: "model").tensors() == expected("nested-model"))
    #expect(try CheckpointFile(reading: path(name), at: "ema.module").tensors() == expected("nested-ema"))
    let error = #expect(throws: FormatError.self) { try CheckpointFile(reading: path(name)) }
    #expect(error?.exitCode == 65)
    #expect(error?.description.contains("7 at 'model', 7 at 'ema.module'") == true, "\(error as Any)")
    for key in ["optimizer", "steps", "model.0.weight", "", "nothing.there"] {
      let error = #expect(throws: FormatError.self) { try CheckpointFile(reading: path(name), at: key) }
      #expect(error?.description.contains("'\(key)'") == true, "\(error as Any)")
      #expect(error?.description.contains("7 at 'model'") == true, "\(error as Any)")
    }
  }

  @Test func `a Lightning checkpoint gives its state_dict`() throws {
    let file = try CheckpointFile(reading: path("lightning.ckpt"))
    #expect(file.key == "state_dict")
    #expect(try file.tensors() == expected("nested-model"))
    #expect(try file.floats().map(\.values) == expected("nested-model").map(\.floats))
  }

  @Test(arguments: ["nested.pt", "nested-legacy.pt"])
  func `plain values come back as they were saved`(name: String) throws {
    let root = try TorchFile(reading: path(name)).root
    #expect(root["steps"] == .integer(12))
    #expect(root["done"] == .bool(true))
    #expect(root["dtype"] == .name("torch.float16"))
    #expect(root["size"] == .tuple([.integer(2), .integer(3)]))
    #expect(root["blob"] == .bytes([0, 255]))
    #expect(root["flags"] == .list([.integer(1), .integer(2)]))
    guard case .object("argparse.Namespace", let arguments) = root["args"] else {
      Issue.record("\(root["args"] as Any)")
      return
    }
    #expect(arguments["lr"] == .number(1e-3) && arguments["name"] == .text("tiny"))
    #expect(arguments["sizes"] == .list([.integer(16), .integer(16)]))
    #expect(arguments["resume"] == CheckpointValue.none)
    #expect(arguments["seed"] == .long([0, 0, 0, 0, 0, 0, 0, 0, 64]))
    guard case .tensor(let step) = root["optimizer"]?["state"]?.value(of: .integer(0))?["step"] else {
      Issue.record("\(root["optimizer"] as Any)")
      return
    }
    #expect(try TorchFile(reading: path(name)).tensor(step, named: "step").floats == [1])
  }

  @Test(arguments: ["good-handmade.pt", "good-dots.pt"])
  func `the hand-made files are sound where the bad ones are not`(name: String) throws {
    let file = try CheckpointFile(reading: path(name))
    #expect(try file.floats() == [NamedTensor("w", shape: [2, 2], values: [0, 0, 0, 0])])
  }

  @Test func `safetensors come through the same entry`() throws {
    let file = try CheckpointFile(reading: path("weights.safetensors"))
    #expect(try file.tensors() == expected("weights"))
    let error = #expect(throws: FormatError.self) {
      try CheckpointFile(reading: path("weights.safetensors"), at: "model")
    }
    #expect(error?.description.contains("'model'") == true)
  }

  @Test(arguments: [
    ("bad-system.pt", "'posix.system'"), ("bad-system-legacy.pt", "'posix.system'"), ("bad-eval.pt", "eval'"),
    ("bad-big-endian.pt", "'big'-endian"), ("bad-big-endian-legacy.pt", "big-endian"),
    ("bad-size-overflow.pt", "overflows"), ("bad-stride-overflow.pt", "overflows"),
    ("bad-storage-overflow.pt", "overflows"), ("bad-beyond-storage.pt", "ends at element 4"),
    ("bad-negative-stride.pt", "negative"), ("bad-expanded.pt", "tensors of at most"),
    ("bad-storage-size.pt", "has 16 bytes, expected 1600"), ("bad-nesting.pt", "nests more than 100"),
    ("bad-cycle.pt", "contains itself"), ("bad-laughs.pt", "values"), ("bad-memo.pt", "recalls value 7"),
    ("bad-stack.pt", "not there"), ("bad-count.pt", "too large"),
    ("bad-length.pt", "expected 4294967295 bytes"),
    ("bad-operation.pt", "0x49"), ("bad-two-pickles.pt", "found 2"), ("bad-script.pt", "TorchScript"),
    ("bad-bomb.pt", "unpack to more than"), ("bad-overlap.pt", "overlaps"), ("bad-checksum.pt", "CRC-32"),
    ("bad-plain-pickle.pt", "expected a safetensors file or one of torch.save"),
  ])
  func `a malicious or broken file ends in one sentence`(name: String, part: String) throws {
    let trap = "/tmp/orderedar-was-here"
    let error = #expect(throws: FormatError.self) {
      try CheckpointFile(reading: path(name)).tensors()
    }
    #expect(error?.exitCode == 65)
    #expect(error?.description.contains(part) == true, "\(error as Any)")
    #expect(error?.description.contains("\n") == false)
    #expect(!FileManager.default.fileExists(atPath: trap))
  }

  @Test(arguments: [
    "weights.pt", "weights-deflated.pt", "weights-legacy.pt", "weights-protocol-4.pt", "lightning.ckpt",
    "weights.safetensors",
  ])
  func `a file cut anywhere is refused`(name: String) throws {
    let folder = try TemporaryFolder()
    let whole = try bytes(path(name))
    let target = folder.file("cut")
    for length in stride(from: 0, to: whole.count, by: 7) {
      try Data(whole[..<length]).write(to: URL(filePath: target))
      let error = #expect(throws: FormatError.self) { try CheckpointFile(reading: target).tensors() }
      #expect(error?.exitCode == 65, "cut at \(length)")
    }
  }

  @Test func `a missing file and a folder are said to be that`() throws {
    let folder = try TemporaryFolder()
    #expect(throws: FormatError.missing(path: folder.file("none"))) {
      try CheckpointFile(reading: folder.file("none"))
    }
    #expect(throws: FileError.self) { try CheckpointFile(reading: folder.path) }
  }
}

extension CheckpointValue {
  /// The value of a key that need not be text.
  fileprivate func value(of key: CheckpointValue) -> CheckpointValue? {
    if case .dictionary(let members) = self { members.first { $0.key == key }?.value } else { nil }
  }
}
