import Kernels
import Layers
import Models
import Randomness
import TestSupport
import Testing

/// What is planned once and used many times.
@Suite struct PassReuseTests {
  @Test(arguments: Precision.available)
  func `a pass computes with the weights of today`(precision: Precision) throws {
    let fixture = try FixtureFile(named: "randar-a")
    let model = try RandARFixture.model(fixture)
    let batch = RandARFixture.batch(fixture)
    let pass = AnyOrderPass(model: model, training: false, precision: precision)
    let before = pass.losses(of: batch)
    for parameter in model.parameters {
      for index in 0..<parameter.value.count { parameter.value[index] *= 1 + 0.01 * Float(index % 7) }
    }
    let after = pass.losses(of: batch)
    #expect(after != before)
    #expect(after == AnyOrderPass(model: model, training: false, precision: precision).losses(of: batch))
  }

  @Test(arguments: [VectorQuantizer.Distance.cosine, .euclidean])
  func `a code is the nearest one, however many latents are asked together`(
    distance: VectorQuantizer.Distance
  ) {
    let quantizer = VectorQuantizer(codes: 37, width: 3, distance: distance)
    quantizer.embedding.value.copy(from: randomTensor([37, 3], seed: 1))
    let codes = quantizer.usedCodes()
    // More than two of the blocks in which latents are compared.
    let latents = randomTensor([2500, 3], seed: 2)
    let found = quantizer.nearest(latents, codes: codes)
    func far(_ row: Int, _ code: Int) -> Double {
      let latent = (0..<3).map { Double(latents[row * 3 + $0]) }
      let length = distance == .cosine ? latent.reduce(0) { $0 + $1 * $1 }.squareRoot() : 1
      return (0..<3).reduce(0) { sum, i in
        let d = latent[i] / length - Double(codes[code * 3 + i])
        return sum + d * d
      }
    }
    for row in 0..<2500 {
      let nearest = (0..<37).map { far(row, $0) }.min() ?? 0
      #expect(far(row, Int(found[row])) <= nearest + 1e-5, "row \(row)")
    }
  }

  @Test(arguments: [1, 3], Precision.available)
  func `the bytes of a training pass are those that it plans`(layers: Int, precision: Precision) {
    let sizes = AnyOrderConfiguration(
      width: 24, layers: layers, heads: 3, hidden: 40, codes: 29, classes: 3, gridHeight: 3, gridWidth: 5)
    for batch in [2, 7, 1000] {
      let pass = AnyOrderPass(
        model: AnyOrderTransformer(configuration: sizes),
        capacity: AnyOrderPass.capacity(sizes, batch: batch), training: true, precision: precision)
      let found = Mirror(reflecting: pass).descendant("engine").map {
        Self.tensorBytes(
          of: $0, parts: ["activations", "outputs", "logits", "logitGradients", "losses", "gradients"])
      }
      #expect(found == AnyOrderPass.bytesForTraining(sizes, batch: batch, precision: precision))
    }
  }

  /// The bytes of all tensors below some of a value's members, parameters of layers aside.
  private static func tensorBytes(of value: Any, parts: Set<String>? = nil) -> Int {
    switch value {
    case let tensor as Tensor: return tensor.count * 4
    case let tensor as TensorOf<BFloat16>: return tensor.count * 2
    case is RowNorm: return 0
    default:
      return Mirror(reflecting: value).children.reduce(0) { sum, child in
        guard parts.map({ $0.contains(child.label ?? "") }) ?? true else { return sum }
        return sum + tensorBytes(of: child.value)
      }
    }
  }
}
