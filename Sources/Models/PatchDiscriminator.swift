import Kernels
import Layers
import Randomness

/// The patch discriminator of taming transformers and LlamaGen (`NLayerDiscriminator`): which squares of an image look
/// real (Isola et al. 2017; pipeline/method/tokenizer.md §5).
///
/// A 4x4 convolution with stride 2 and a leaky ReLU; 4x4 convolutions without bias, batch norm and leaky ReLU, all with
/// stride 2 but the last; a 4x4 convolution to one number for each square. Padding is 1 throughout. The norms always
/// use the statistics of their batch, as in training.
public final class PatchDiscriminator: Sendable {
  public struct Configuration: Codable, Equatable, Sendable {
    /// Height and width of an image in pixels.
    public var imageSize: Int
    public var imageChannels: Int
    /// Channels behind the first convolution; each of the next doubles them, up to eightfold.
    public var channels: Int
    /// Convolutions between the first and the last. All but the last of them halve the image, as the first does.
    public var layers: Int

    public init(imageSize: Int, imageChannels: Int, channels: Int, layers: Int) {
      self.imageSize = imageSize
      self.imageChannels = imageChannels
      self.channels = channels
      self.layers = layers
    }

    /// Numbers along the side of an image's result; below 1 where the image is too small for so many layers.
    public var resultSize: Int {
      let halved = (0..<max(layers, 0)).reduce(imageSize) { size, _ in size / 2 }
      return halved < 2 ? 0 : halved - 2
    }
  }

  public let configuration: Configuration
  /// What lies between the norms, from the image to the result.
  let parts: [LayerSequence]
  /// Norm i stands behind part i.
  let norms: [BatchNorm]
  /// Every parameter under the key of the official code, `main.0.weight` and so on.
  public let parameters: [Parameter]
  /// Values and gradients of all parameters, in their order.
  public let arena: ParameterArena

  /// A discriminator of zeros, to be initialised or loaded. Its result must have a size.
  public init(configuration: Configuration) {
    precondition(
      configuration.resultSize > 0 && configuration.layers > 0,
      "\(configuration.layers) layers leave nothing of \(configuration.imageSize) pixels")
    self.configuration = configuration
    func convolution(
      _ index: Int, _ inputs: Int, _ outputs: Int, stride: Int = 1, hasBias: Bool = true
    ) -> Convolution {
      Convolution(
        "main.\(index)", inputs: inputs, outputs: outputs, kernel: 4, stride: stride, padding: .even(1),
        hasBias: hasBias)
    }
    var parts: [LayerSequence] = []
    var norms: [BatchNorm] = []
    var width = configuration.channels
    var part: [any ImageLayer] = [
      convolution(0, configuration.imageChannels, width, stride: 2), LeakyReLU(),
    ]
    for layer in 1...configuration.layers {
      let outputs = configuration.channels * min(1 << layer, 8)
      let isLast = layer == configuration.layers
      part.append(convolution(3 * layer - 1, width, outputs, stride: isLast ? 1 : 2, hasBias: false))
      parts.append(LayerSequence(part))
      norms.append(BatchNorm("main.\(3 * layer)", channels: outputs))
      part = [LeakyReLU()]
      width = outputs
    }
    parts.append(LayerSequence(part + [convolution(3 * configuration.layers + 2, width, 1)]))
    self.parts = parts
    self.norms = norms
    parameters =
      zip(parts, norms).flatMap { $0.parameters + $1.parameters } + (parts.last?.parameters ?? [])
    arena = ParameterArena(parameters)
  }

  public var parameterCount: Int { parameters.reduce(0) { $0 + $1.count } }

  /// Random weights as the official code starts: kernels normal of deviation 0.02, gains of norms the same around 1,
  /// biases of norms 0; the two biases of convolutions uniform in ±1/sqrt(inputs · 16), as PyTorch leaves them.
  public func initialise(seed: UInt64) {
    var fanIn = 1
    for (index, parameter) in parameters.enumerated() {
      var stream = RandomStream(seed: seed, purpose: "discriminator.initialise", UInt64(index))
      if parameter.shape.count > 1 {
        fanIn = parameter.shape.dropFirst().reduce(1, *)
        set(parameter, stream.normals(parameter.count, deviation: 0.02))
      } else if norms.contains(where: { $0.gain === parameter }) {
        set(parameter, stream.normals(parameter.count, deviation: 0.02).map { 1 + $0 })
      } else if norms.contains(where: { $0.bias === parameter }) {
        parameter.value.fill(0)
      } else {
        let bound = 1 / Double(fanIn).squareRoot()
        set(parameter, (0..<parameter.count).map { _ in Float((2 * stream.uniform() - 1) * bound) })
      }
    }
  }

  private func set(_ parameter: Parameter, _ values: [Float]) {
    parameter.value.copy(from: Tensor(parameter.shape, values: values))
  }
}
