import Features
import Images
import Kernels
import TestSupport
import Testing

/// `perceptual.safetensors`: distances and gradients by PyTorch's automatic differentiation in double precision, with
/// the formula's weights.
@Suite(.serialized) struct PerceptualCriterionTests {
  let fixture: FixtureFile
  let network: EfficientNetLite0

  init() throws {
    fixture = try FixtureFile(named: "perceptual")
    network = try EfficientNetLite0Tests.formulaNetwork()
  }

  private func tensor(_ key: String) -> Tensor {
    Tensor(fixture.shape(key), values: fixture.floats(key))
  }

  @Test(arguments: [("grey", 56), ("colour", 33)])
  func `distances and their gradients are the reference's`(name: String, side: Int) {
    let (image, reconstruction) = (tensor("\(name).image"), tensor("\(name).reconstruction"))
    let criterion = PerceptualCriterion(network, imageSize: image.shape[1], side: side)
    let gradient = Tensor(image.shape)
    let sum = criterion.add(reconstruction, target: image, share: 1, to: gradient)
    expectAgreement(
      "the distance of \(name) images", [Float(sum)], [fixture.floats("\(name).distances").reduce(0, +)],
      within: 1e-5)
    expectAgreement(
      "the gradient of \(name) images", gradient.values, fixture.floats("\(name).gradient"), within: 1e-4)
  }

  @Test func `the gradient matches differences, has its share and is added`() {
    let (image, reconstruction) = (
      randomTensor([1, 20, 20, 1], seed: 1), randomTensor([1, 20, 20, 1], seed: 2)
    )
    let criterion = PerceptualCriterion(network, imageSize: 20, side: 40)
    let gradient = Tensor(image.shape)
    gradient.fill(1)
    _ = criterion.add(reconstruction, target: image, share: 3, to: gradient)
    for index in 0..<gradient.count { gradient[index] -= 1 }
    let spare = Tensor(image.shape)
    expectDifferencesMatch("reconstruction", reconstruction, gradient: gradient, tolerance: 3e-2) {
      3 * criterion.add(reconstruction, target: image, share: 1, to: spare)
    }
  }

  @Test func `an image has no distance from itself`() {
    let image = tensor("colour.image")
    let gradient = Tensor(image.shape)
    let sum = PerceptualCriterion(network, imageSize: 20, side: 33).add(
      image, target: image, share: 1, to: gradient)
    #expect(sum == 0 && gradient.values.allSatisfy { $0 == 0 })
  }
}
