import CKernels
import Kernels
import Layers
import Randomness

/// A VQ autoencoder that turns an image into a grid of codes and back (pipeline/method/tokenizer.md §2):
/// LlamaGen's and that of taming transformers, which the configuration tells apart.
///
/// Images are NHWC with values in [-1, 1]; codes are listed row by row. Work is shared among threads by
/// chunks of images whose size depends on the configuration alone, and every image is treated alike, so that
/// neither threads nor neighbours change a result.
public final class ImageTokenizer: Sendable {
  public let configuration: ImageTokenizerConfiguration
  public let encoder: LayerSequence
  /// 1x1, latent channels to code width.
  public let quantConvolution: Convolution
  public let quantizer: VectorQuantizer
  /// 1x1, code width to latent channels.
  public let postQuantConvolution: Convolution
  public let decoder: LayerSequence
  /// Every parameter under its official key.
  public let parameters: [Parameter]
  /// Values and gradients of all parameters, in their order.
  public let arena: ParameterArena

  /// A tokenizer of zeros, to be initialised or loaded. The configuration must have no `problem`.
  public init(configuration: ImageTokenizerConfiguration) {
    precondition(configuration.problem == nil, configuration.problem ?? "")
    self.configuration = configuration
    encoder = configuration.makeEncoder()
    quantConvolution = Convolution(
      "quant_conv", inputs: configuration.latentChannels, outputs: configuration.codeWidth, kernel: 1)
    quantizer = VectorQuantizer(
      codes: configuration.codes, width: configuration.codeWidth, distance: configuration.distance)
    postQuantConvolution = Convolution(
      "post_quant_conv", inputs: configuration.codeWidth, outputs: configuration.latentChannels, kernel: 1)
    decoder = configuration.makeDecoder()
    parameters =
      encoder.parameters + decoder.parameters + [quantizer.embedding] + quantConvolution.parameters
      + postQuantConvolution.parameters
    arena = ParameterArena(parameters)
  }

  public var parameterCount: Int { parameters.reduce(0) { $0 + $1.count } }

  /// Random weights as PyTorch starts: convolutions and their biases uniform in ±1/sqrt(inputs · kernel²),
  /// gains 1, norm biases 0, codes uniform.
  public func initialise(seed: UInt64) {
    var fanIn = 1
    for (index, parameter) in parameters.enumerated() {
      let shape = parameter.value.shape
      var stream = RandomStream(seed: seed, purpose: "tokenizer.initialise", UInt64(index))
      if shape.count > 1 { fanIn = shape.dropFirst().reduce(1, *) }
      if shape.count == 1 && parameter.name.contains("norm") {
        parameter.value.fill(parameter.name.hasSuffix("weight") ? 1 : 0)
        continue
      }
      let bound = 1 / Double(fanIn).squareRoot()
      for i in 0..<parameter.value.count { parameter.value[i] = Float((2 * stream.uniform() - 1) * bound) }
    }
  }

  /// Bytes 0...255 as values in [-1, 1].
  public static func values(_ bytes: ArraySlice<UInt8>) -> [Float] { bytes.map { Float($0) / 127.5 - 1 } }

  /// The codes of `count` images, `locations` an image.
  /// - Parameter images: NHWC in [-1, 1].
  public func encode(images: [Float], count: Int) -> [Int] {
    let codes = quantizer.usedCodes()
    return inChunks(count) { range in
      quantizer.nearest(latents(of: tensor(images, count, range)), codes: codes).map { Int($0) }
    }
  }

  /// Encoder outputs before they are quantised, (count · locations, code width), as they come.
  public func latents(images: [Float], count: Int) -> Tensor {
    let values = inChunks(count) { latents(of: tensor(images, count, $0)).values }
    return Tensor([count * configuration.locations, configuration.codeWidth], values: values)
  }

  /// The images of codes as bytes, HWC, one after the other.
  /// - Parameter codes: `locations` an image, each below `configuration.codes`.
  public func decode(codes: [Int], count: Int) -> [UInt8] {
    let used = quantizer.usedCodes()
    return inChunks(count) { range in
      let image = image(of: codes, count, range, used)
      var pixels = [UInt8](repeating: 0, count: image.count)
      ck_pixels(image.pointer, &pixels, image.count)
      return pixels
    }
  }

  /// Some of many images, with the bytes that decoding all of them gives.
  ///
  /// The last digit of a product depends on where a row lies among others and on how many there are, though not on their
  /// values. So images are decoded at their places in the chunks of all.
  ///
  /// - Parameters:
  ///   - codes: `locations` for each image of the range.
  ///   - range: their places.
  ///   - count: images in all.
  public func decode(codes: [Int], of range: Range<Int>, among count: Int) -> [UInt8] {
    precondition(range.lowerBound >= 0 && range.upperBound <= count, "\(range) are among \(count) images")
    let (chunk, locations) = (configuration.chunk, configuration.locations)
    let first = range.lowerBound / chunk * chunk
    let end = min((range.upperBound + chunk - 1) / chunk * chunk, count)
    let before = [Int](repeating: 0, count: (range.lowerBound - first) * locations)
    let behind = [Int](repeating: 0, count: (end - range.upperBound) * locations)
    let pixels = decode(codes: before + codes + behind, count: end - first)
    let start = (range.lowerBound - first) * configuration.imageValues
    return Array(pixels[start..<start + range.count * configuration.imageValues])
  }

  /// One picture of a canvas of codes of any size, (height · patch, width · patch, channels) bytes. The
  /// decoder runs over it as a whole, so that windows leave no seams.
  public func decode(canvas codes: [Int], height: Int, width: Int) -> [UInt8] {
    precondition(codes.count == height * width && height > 0 && width > 0, "codes fill the canvas")
    precondition(
      codes.allSatisfy { $0 >= 0 && $0 < configuration.codes }, "codes are below \(configuration.codes)")
    let values = quantizer.lookUp(
      codes.map { Int32($0) }, codes: quantizer.usedCodes(),
      shape: [1, height, width, configuration.codeWidth])
    let image = decoder.forward(postQuantConvolution.forward(values, saving: nil), saving: nil)
    var pixels = [UInt8](repeating: 0, count: image.count)
    ck_pixels(image.pointer, &pixels, image.count)
    return pixels
  }

  /// The images of codes as the decoder makes them, NHWC, not clamped.
  public func decodedValues(codes: [Int], count: Int) -> [Float] {
    let used = quantizer.usedCodes()
    return inChunks(count) { image(of: codes, count, $0, used).values }
  }

  private func latents(of x: Tensor) -> Tensor {
    quantConvolution.forward(encoder.forward(x, saving: nil), saving: nil)
  }

  private func image(of codes: [Int], _ count: Int, _ range: Range<Int>, _ codeVectors: Tensor) -> Tensor {
    let locations = configuration.locations
    precondition(
      codes.count == count * locations,
      "\(count) images need \(count * locations) codes, found \(codes.count)")
    let part = codes[range.lowerBound * locations..<range.upperBound * locations]
    precondition(
      part.allSatisfy { $0 >= 0 && $0 < configuration.codes }, "codes are below \(configuration.codes)")
    let values = quantizer.lookUp(
      part.map { Int32($0) }, codes: codeVectors,
      shape: configuration.gridShape(range.count, configuration.codeWidth))
    return decoder.forward(postQuantConvolution.forward(values, saving: nil), saving: nil)
  }

  private func tensor(_ images: [Float], _ count: Int, _ range: Range<Int>) -> Tensor {
    let size = configuration.imageValues
    precondition(
      images.count == count * size, "\(count) images need \(count * size) values, found \(images.count)")
    return Tensor(
      configuration.imageShape(range.count),
      values: Array(images[range.lowerBound * size..<range.upperBound * size]))
  }

  /// Runs `body` on chunks of images in parallel and joins the results in order.
  private func inChunks<Element>(_ count: Int, _ body: (Range<Int>) -> [Element]) -> [Element] {
    let size = configuration.chunk
    var parts = [[Element]](repeating: [], count: (count + size - 1) / size)
    parts.withUnsafeMutableBufferPointer { parts in
      let parts = parts
      Parallel.ranges(count, size: size) { parts[$0.lowerBound / size] = body($0) }
    }
    return Array(parts.joined())
  }
}

extension ImageTokenizer {
  /// Operations of encoding one image, two a multiply-add: the networks' products and the search for codes.
  public var encodingOperations: Double {
    var extent = PlaneExtent(height: configuration.imageSize, width: configuration.imageSize)
    let network = encoder.operations(&extent) + quantConvolution.operations(&extent)
    return network + 2 * extent.pixels * Double(configuration.codes * configuration.codeWidth)
  }

  /// Operations of decoding one image.
  public var decodingOperations: Double {
    var extent = PlaneExtent(height: configuration.gridSize, width: configuration.gridSize)
    return postQuantConvolution.operations(&extent) + decoder.operations(&extent)
  }
}

extension ImageTokenizerConfiguration {
  /// Images of one chunk: about 128 Ki activations at full resolution stay in cache, and more than four
  /// would leave threads idle in small batches.
  var chunk: Int { min(max((128 << 10) / (imageSize * imageSize * channels), 1), 4) }

  func imageShape(_ count: Int) -> [Int] { [count, imageSize, imageSize, imageChannels] }

  func gridShape(_ count: Int, _ channels: Int) -> [Int] { [count, gridSize, gridSize, channels] }
}
