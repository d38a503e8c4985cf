import Kernels
import Layers
import Randomness

extension AnyOrderTransformer {
  /// Random weights as the official code starts.
  ///
  /// A model of classes as RandAR (pipeline/method/transformer.md §8): N(0, 0.02) everywhere, gains 1, head 0, so that
  /// the first loss is ln V. A model of texts as DALLE-pytorch (pipeline/method/text-to-image.md §2): tables N(0, 1),
  /// matrices and biases of n inputs uniform in ±1/√n, but gains 1, their biases 0 and layer scales 0.1.
  public func initialise(seed: UInt64) {
    if configuration.text == nil {
      for (index, parameter) in parameters.enumerated() where parameter.decays && parameter !== head.weight {
        var stream = Self.stream(seed, index)
        set(parameter, stream.normals(parameter.count, deviation: 0.02))
      }
      head.weight.value.fill(0)
    } else {
      for (index, parameter) in layout.parameters.enumerated() {
        var stream = Self.stream(seed, index)
        set(parameter, stream.normals(parameter.count))
      }
      let places = Dictionary(
        uniqueKeysWithValues: parameters.enumerated().map { (ObjectIdentifier($1), $0) })
      for linear in linears {
        let bound = 1 / Double(linear.inputs).squareRoot()
        for parameter in linear.parameters {
          var stream = Self.stream(seed, places[ObjectIdentifier(parameter), default: 0])
          set(parameter, (0..<parameter.count).map { _ in Float(bound * (2 * stream.uniform() - 1)) })
        }
      }
    }
  }

  /// Every dense layer.
  private var linears: [Linear] {
    blocks.flatMap { [$0.qkv, $0.output.linear, $0.feedForward.down.linear] + $0.feedForward.factors }
      + [head] + (textHead.map { [$0] } ?? [])
  }

  private static func stream(_ seed: UInt64, _ index: Int) -> RandomStream {
    RandomStream(seed: seed, purpose: "model.initialise", UInt64(index))
  }

  private func set(_ parameter: Parameter, _ values: [Float]) {
    parameter.value.copy(from: Tensor(parameter.value.shape, values: values))
  }
}
