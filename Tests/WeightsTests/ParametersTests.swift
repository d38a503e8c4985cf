import Kernels
import Layers
import Shards
import TestSupport
import Testing
import Weights

@Suite struct ParametersTests {
  private let parameters = [
    Parameter("a.weight", Tensor([2, 2], values: [1, 2, 3, 4])),
    Parameter("b.bias", Tensor([3], values: [5, 6, 7])),
  ]

  @Test func `parameters survive the way through a table`() throws {
    let table = parameters.table(model: ["width": 2])
    let others = [Parameter("b.bias", shape: [3]), Parameter("a.weight", shape: [2, 2])]
    try others.load(table, path: "model.shard")
    #expect(others[0].value.values == [5, 6, 7])
    #expect(others[1].value.values == [1, 2, 3, 4])
  }

  @Test func `a table lends the parameters' memory, and keeps it alive`() throws {
    let table = { () -> WeightsTable in
      let parameters = [Parameter("w", Tensor([2], values: [1, 2]))]
      let table = parameters.table(model: nil)
      parameters[0].value[1] = 5
      return table
    }()
    #expect(table == WeightsTable(tensors: [NamedTensor("w", shape: [2], values: [1, 5])], model: nil))
    #expect(table != WeightsTable(tensors: [NamedTensor("w", shape: [2], values: [1, 2])], model: nil))
    let folder = try TemporaryFolder()
    let path = "\(folder.path)/w.shard"
    let provenance = Provenance(stage: "test", algorithm: 1, configID: "", seed: 0)
    #expect(try table.write(to: path, provenance: provenance) == table.contentID)
    // What was read lies in the shard's memory, which outlives the shard and may be written again.
    let read = try WeightsTable(reading: path)
    #expect(read == table && read["w"]?.values == [1, 5] && read.contentID == table.contentID)
  }

  @Test func `every difference is in one message and nothing is changed`() {
    let extra = ["layers.0.attention.kv_cache.k_cache", "zz"].map { NamedTensor($0, shape: [1], values: [0]) }
    let table = WeightsTable(tensors: parameters.table(model: nil).tensors + extra, model: nil)
    let others = [
      Parameter("a.weight", shape: [2, 2]), Parameter("b.bias", shape: [4]), Parameter("c", shape: [1]),
    ]
    let expected = WeightsError(
      path: "m", missing: ["c"], unexpected: ["zz"], misshapen: ["b.bias expected [4] found [3]"])
    #expect(throws: expected) { try others.load(table, path: "m") }
    #expect(others[0].value.values == [0, 0, 0, 0])
    #expect(expected.description.contains("1 missing (c), 1 unexpected (zz), 1 of another shape (b.bias"))
  }
}
