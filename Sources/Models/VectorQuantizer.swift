import CKernels
import Kernels
import Layers

/// A codebook on the unit sphere: latents and codes are both scaled to length one where they are used, and a
/// latent gets the code with the largest cosine, the first on ties (spec/class-conditional §3).
///
/// Shapes: latents (rows, E), codes (V, E).
public struct VectorQuantizer: Sendable {
  /// As stored, of any length.
  public let embedding: Parameter

  public init(codes: Int, width: Int) {
    embedding = Parameter("quantize.embedding.weight", shape: [codes, width])
  }

  public var codes: Int { embedding.value.shape[0] }
  public var width: Int { embedding.value.shape[1] }

  /// How strongly each term of the loss pulls.
  public struct Weights: Sendable, Equatable {
    /// Moves codes to their latents: mean (z_q - sg z)².
    public var codebook: Float
    /// Moves latents to their codes: mean (sg z_q - z)².
    public var commitment: Float
    /// Makes single choices sure and their average even: H(choice) - H(average choice).
    public var entropy: Float

    public init(codebook: Float = 1, commitment: Float = 0.25, entropy: Float = 0) {
      self.codebook = codebook
      self.commitment = commitment
      self.entropy = entropy
    }
  }

  /// The result of the training pass, with what its backward pass needs.
  public struct Quantized {
    public let indices: [Int32]
    /// The unit codes chosen, (rows, E): what the decoder reads.
    public let values: Tensor
    /// Weighted terms of the loss.
    public let codebookLoss, commitmentLoss, entropyLoss: Double
    /// Unit latents and the lengths they had.
    let units, lengths: Tensor
    /// ∂(terms above)/∂units.
    let unitGradient: Tensor
  }

  /// Codes scaled to length one.
  public func unitCodes() -> Tensor { Self.unit(embedding.value) }

  /// Rows scaled to length one.
  public static func unit(_ x: Tensor) -> Tensor { unitWithLengths(x).units }

  private static func unitWithLengths(_ x: Tensor) -> (units: Tensor, lengths: Tensor) {
    let units = Tensor(uninitialized: x.shape)
    let lengths = Tensor(uninitialized: [x.rows])
    ck_normalize_rows(x.pointer, units.pointer, lengths.pointer, x.rows, x.columns)
    return (units, lengths)
  }

  /// The code of every row of latents, which need not be of length one.
  /// - Parameter codes: from `unitCodes`.
  public func nearest(_ latents: Tensor, codes: Tensor) -> [Int32] {
    var indices = [Int32](repeating: 0, count: latents.rows)
    let block = 1024
    let scores = Tensor(uninitialized: [min(block, latents.rows), codes.rows])
    indices.withUnsafeMutableBufferPointer { indices in
      guard let base = indices.baseAddress else { return }
      for first in stride(from: 0, to: latents.rows, by: block) {
        let rows = min(block, latents.rows - first)
        product(
          rows, codes.rows, width, latents.row(first), stride: width, .asIs, codes.pointer, stride: width,
          .transposed, into: scores.pointer, stride: codes.rows)
        ck_largest_index(scores.pointer, base + first, rows, codes.rows)
      }
    }
    return indices
  }

  /// The unit codes of indices, in a tensor of the given shape whose last extent is E.
  public func lookUp(_ indices: [Int32], codes: Tensor, shape: [Int]) -> Tensor {
    let values = Tensor(uninitialized: shape)
    precondition(values.count == indices.count * width, "\(indices.count) codes do not fill \(shape)")
    for (row, index) in indices.enumerated() {
      values.row(row).update(from: codes.row(Int(index)), count: width)
    }
    return values
  }

  /// The training pass: chooses codes, adds the loss terms' gradient to the codebook's, and keeps their
  /// gradient with respect to the latents for `backward`.
  public func forward(_ latents: Tensor, weights: Weights) -> Quantized {
    let (units, lengths) = Self.unitWithLengths(latents)
    let (codes, codeLengths) = Self.unitWithLengths(embedding.value)
    let indices = nearest(units, codes: codes)
    let values = lookUp(indices, codes: codes, shape: latents.shape)
    let distance = ck_squared_distance(values.pointer, units.pointer, units.count) / Double(units.count)

    let unitGradient = Tensor(uninitialized: units.shape)
    let codeGradient = Tensor(codes.shape)
    let scale = 2 / Float(units.count)
    for row in 0..<indices.count {
      let (value, unit, gradient) = (values.row(row), units.row(row), unitGradient.row(row))
      let code = codeGradient.row(Int(indices[row]))
      for i in 0..<width {
        let difference = (value[i] - unit[i]) * scale
        gradient[i] = -weights.commitment * difference
        code[i] += weights.codebook * difference
      }
    }
    var entropy = 0.0
    if weights.entropy != 0 {
      entropy = CodeEntropy(weight: weights.entropy).add(
        units: units, codes: codes, unitGradient: unitGradient, codeGradient: codeGradient)
    }
    ck_normalize_rows_backward(
      codes.pointer, codeLengths.pointer, codeGradient.pointer, codes.rows, codes.columns)
    add(codeGradient.pointer, to: embedding.gradient.pointer, count: codeGradient.count)
    return Quantized(
      indices: indices, values: values, codebookLoss: Double(weights.codebook) * distance,
      commitmentLoss: Double(weights.commitment) * distance, entropyLoss: entropy, units: units,
      lengths: lengths,
      unitGradient: unitGradient)
  }

  /// ∂L/∂latents from the decoder's ∂L/∂values of some rows, written over `gradient`: straight through to the
  /// unit latents, plus the loss terms, then through the scaling to length one: dz = (g - u (u · g)) / |z|.
  public func backward(_ gradient: Tensor, firstRow: Int, of quantized: Quantized) {
    add(quantized.unitGradient.row(firstRow), to: gradient.pointer, count: gradient.count)
    ck_normalize_rows_backward(
      quantized.units.row(firstRow), quantized.lengths.pointer + firstRow, gradient.pointer, gradient.rows,
      width)
  }
}
