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
}
