import Formats
import Foundation
import Shards
import TestSupport
import Testing

extension StageTests {
  @Suite struct ImportTorchTests {
    private static let binary = Workplace.binaries + "/shard"

    private func importWeights(_ arguments: String...) throws -> Command.Result {
      try Command.run([Self.binary, "import", "weights"] + arguments, in: Workplace.project)
    }

    /// A file as torch.save writes `{'model': tensors, 'ema': halved tensors}`, all of single precision.
    private func writeTorchFile(_ tensors: [StoredTensor], to path: String) throws {
      func text(_ text: String) -> [UInt8] {
        [UInt8(ascii: "X")] + withUnsafeBytes(of: UInt32(text.utf8.count).littleEndian) { Array($0) }
          + Array(text.utf8)
      }
      func integer(_ value: Int) -> [UInt8] {
        [0x8A, 8] + withUnsafeBytes(of: Int64(value).littleEndian) { Array($0) }
      }
      func tuple(_ elements: [[UInt8]]) -> [UInt8] {
        [UInt8(ascii: "(")] + elements.flatMap { $0 } + [UInt8(ascii: "t")]
      }
      var entries: [ZipWriter.Entry] = []
      var pickle: [UInt8] = [0x80, 2, UInt8(ascii: "}")]
      for (key, scale) in [("model", Float(1)), ("ema", 0.5)] {
        pickle += text(key) + [UInt8(ascii: "}")]
        for tensor in tensors {
          let bytes = tensor.floats.map { $0 * scale }.withUnsafeBytes { Array($0) }
          let strides = tensor.shape.indices.map { tensor.shape[($0 + 1)...].reduce(1, *) }
          let storage =
            tuple([
              text("storage"), Array("ctorch\nFloatStorage\n".utf8), text("\(entries.count)"), text("cpu"),
              integer(tensor.count),
            ]) + [UInt8(ascii: "Q")]
          pickle += text(tensor.name) + Array("ctorch._utils\n_rebuild_tensor_v2\n".utf8)
          pickle += tuple([
            storage, integer(0), tuple(tensor.shape.map(integer)), tuple(strides.map(integer)), [0x89],
            Array("ccollections\nOrderedDict\n)R".utf8),
          ])
          pickle += Array("Rs".utf8)
          entries.append(ZipWriter.Entry("archive/data/\(entries.count)", pieces: [bytes[...]]))
        }
        pickle += [UInt8(ascii: "s")]
      }
      pickle += [UInt8(ascii: ".")]
      try ZipWriter().write([ZipWriter.Entry("archive/data.pkl", pieces: [pickle[...]])] + entries, to: path)
    }

    @Test func `weights of a PyTorch file are those of the safetensors file`() throws {
      let folder = try TemporaryFolder()
      let fixture = try Safetensors(reading: FixtureFile.folder.appending(path: "randar-a.safetensors").path)
      let tensors = fixture.tensors.filter { $0.name.hasPrefix("w.") }.map {
        StoredTensor(String($0.name.dropFirst(2)), $0.type, shape: $0.shape, bytes: $0.bytes)
      }
      try Safetensors(tensors: tensors).write(to: folder.file("official"))
      try writeTorchFile(tensors, to: folder.file("torch"))
      let sizes = ["--heads", "4", "--grid", "4x4", "--out"]
      for (file, key, out) in [("official", [], "a"), ("torch", ["--key", "model"], "b")]
        as [(String, [String], String)]
      {
        let result = try Command.run(
          [Self.binary, "import", "weights", folder.file(file)] + key + sizes + [folder.file(out)],
          in: Workplace.project)
        #expect(result.code == 0, "\(result.text)")
      }
      #expect(try WeightsTable(reading: folder.file("a")) == WeightsTable(reading: folder.file("b")))
      let unclear = try importWeights(folder.file("torch"), "--out", folder.file("c"))
      #expect(unclear.code == 65 && unclear.error.contains("(--key)"), "\(unclear.text)")
      #expect(unclear.error.contains("at 'model', \(tensors.count) at 'ema'"), "\(unclear.text)")
      #expect(folder.names == ["a", "b", "official", "torch"])
    }

    @Test func `a pickle that calls the system is refused by name and never run`() throws {
      let folder = try TemporaryFolder()
      let path = FixtureFile.folder.appending(path: "torch/bad-system.pt").path
      let result = try importWeights(path, "--out", folder.file("a"))
      #expect(result.code == 65 && result.error.contains("'posix.system'"), "\(result.text)")
      #expect(folder.names.isEmpty)
      #expect(!FileManager.default.fileExists(atPath: "/tmp/orderedar-was-here"))
    }
  }
}
