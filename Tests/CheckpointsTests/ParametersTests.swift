import Checkpoints
import Kernels
import Layers
import Shards
import Testing

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

  @Test func `every difference is in one message and nothing is changed`() {
    let extra = ["layers.0.attention.kv_cache.k_cache", "zz"].map { NamedTensor($0, shape: [1], values: [0]) }
    let table = WeightsTable(tensors: parameters.table(model: nil).tensors + extra, model: nil)
    let others = [
      Parameter("a.weight", shape: [2, 2]), Parameter("b.bias", shape: [4]), Parameter("c", shape: [1]),
    ]
    let expected = CheckpointError.keys(
      path: "m", missing: ["c"], unexpected: ["zz"], misshapen: ["b.bias expected [4] found [3]"])
    #expect(throws: expected) { try others.load(table, path: "m") }
    #expect(others[0].value.values == [0, 0, 0, 0])
    #expect(expected.description.contains("1 missing (c), 1 unexpected (zz), 1 of another shape (b.bias"))
  }
}
