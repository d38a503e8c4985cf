import CKernels
import Kernels
import Layers

/// A codebook. A latent gets the nearest code, the first on ties (pipeline/method/tokenizer.md §4).
///
/// Shapes: latents (rows, E), codes (V, E).
public struct VectorQuantizer: Sendable {
  /// What "nearest" means.
  public enum Distance: String, Codable, Sendable {
    /// The largest cosine: latents and codes are both scaled to length one where they are used.
    case cosine
    /// The smallest Euclidean distance of latents and codes as they are.
    case euclidean
  }

  /// As stored, of any length.
  public let embedding: Parameter
  public let distance: Distance

  public init(codes: Int, width: Int, distance: Distance = .cosine) {
    embedding = Parameter("quantize.embedding.weight", shape: [codes, width])
    self.distance = distance
  }

  public var codes: Int { embedding.shape[0] }
  public var width: Int { embedding.shape[1] }

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
    /// The codes chosen, as `usedCodes` has them, (rows, E): what the decoder reads.
    public let values: Tensor
    /// Weighted terms of the loss.
    public let codebookLoss, commitmentLoss, entropyLoss: Double
    /// Latents as they are compared, and the lengths they had if they were scaled.
    let compared: Tensor
    let lengths: Tensor?
    /// ∂(terms above)/∂compared.
    let comparedGradient: Tensor
  }

  /// Codes as they are compared and decoded: of length one for the cosine, else as stored.
  public func usedCodes() -> Tensor { used(embedding.value).values }

  /// Rows in the form in which they are compared, and the lengths that they had if that is another.
  private func used(_ x: Tensor) -> (values: Tensor, lengths: Tensor?) {
    switch distance {
    case .cosine:
      let (units, lengths) = Self.unitWithLengths(x)
      return (units, lengths)
    case .euclidean: return (x, nil)
    }
  }

  /// Rows scaled to length one.
  public static func unit(_ x: Tensor) -> Tensor { unitWithLengths(x).units }

  private static func unitWithLengths(_ x: Tensor) -> (units: Tensor, lengths: Tensor) {
    let units = Tensor(uninitialized: x.shape)
    let lengths = Tensor(uninitialized: [x.rows])
    ck_normalize_rows(x.pointer, units.pointer, lengths.pointer, x.rows, x.columns)
    return (units, lengths)
  }

  /// The code of every row of latents, which need not be of length one.
  /// - Parameter codes: from `usedCodes`.
  public func nearest(_ latents: Tensor, codes: Tensor) -> [Int32] {
    var indices = [Int32](repeating: 0, count: latents.rows)
    let block = 1024
    let scores = Tensor(uninitialized: [min(block, latents.rows), codes.rows])
    let handicaps = distance == .euclidean ? Self.halfSquares(codes) : nil
    indices.withUnsafeMutableBufferPointer { indices in
      guard let base = indices.baseAddress else { return }
      for first in stride(from: 0, to: latents.rows, by: block) {
        let rows = min(block, latents.rows - first)
        // |z - c|² is smallest where z · c - |c|²/2 is largest.
        if let handicaps { ck_fill_rows(scores.pointer, handicaps.pointer, rows, codes.rows) }
        product(
          rows, codes.rows, width, latents.row(first), stride: width, .asIs, codes.pointer, stride: width,
          .transposed, beta: handicaps == nil ? 0 : 1, into: scores.pointer, stride: codes.rows)
        ck_largest_index(scores.pointer, base + first, rows, codes.rows)
      }
    }
    return indices
  }

  /// -|c|²/2 of every code.
  private static func halfSquares(_ codes: Tensor) -> Tensor {
    Tensor(
      [codes.rows],
      values: (0..<codes.rows).map { code in
        let row = UnsafeBufferPointer(start: codes.row(code), count: codes.columns)
        return Float(row.reduce(0) { $0 + Double($1) * Double($1) } / -2)
      })
  }

  /// The codes of indices, in a tensor of the given shape whose last extent is E.
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
    precondition(weights.entropy == 0 || distance == .cosine, "the entropy term is defined for cosines")
    let (compared, lengths) = used(latents)
    let (codes, codeLengths) = used(embedding.value)
    let indices = nearest(compared, codes: codes)
    let values = lookUp(indices, codes: codes, shape: latents.shape)
    let squares = ck_squared_distance(values.pointer, compared.pointer, compared.count)
    let mean = squares / Double(compared.count)

    let comparedGradient = Tensor(uninitialized: compared.shape)
    let codeGradient = Tensor(codes.shape)
    let scale = 2 / Float(compared.count)
    for row in 0..<indices.count {
      let (value, latent, gradient) = (values.row(row), compared.row(row), comparedGradient.row(row))
      let code = codeGradient.row(Int(indices[row]))
      for i in 0..<width {
        let difference = (value[i] - latent[i]) * scale
        gradient[i] = -weights.commitment * difference
        code[i] += weights.codebook * difference
      }
    }
    var entropy = 0.0
    if weights.entropy != 0 {
      entropy = CodeEntropy(weight: weights.entropy).add(
        units: compared, codes: codes, unitGradient: comparedGradient, codeGradient: codeGradient)
    }
    if let codeLengths {
      ck_normalize_rows_backward(
        codes.pointer, codeLengths.pointer, codeGradient.pointer, codes.rows, codes.columns)
    }
    add(codeGradient.pointer, to: embedding.gradient.pointer, count: codeGradient.count)
    return Quantized(
      indices: indices, values: values, codebookLoss: Double(weights.codebook) * mean,
      commitmentLoss: Double(weights.commitment) * mean, entropyLoss: entropy, compared: compared,
      lengths: lengths, comparedGradient: comparedGradient)
  }

  /// ∂L/∂latents from the decoder's ∂L/∂values of some rows, written over `gradient`: straight through to the
  /// compared latents, plus the loss terms, then, where these were scaled to length one, through the scaling:
  /// dz = (g - u (u · g)) / |z|.
  public func backward(_ gradient: Tensor, firstRow: Int, of quantized: Quantized) {
    add(quantized.comparedGradient.row(firstRow), to: gradient.pointer, count: gradient.count)
    guard let lengths = quantized.lengths else { return }
    ck_normalize_rows_backward(
      quantized.compared.row(firstRow), lengths.pointer + firstRow, gradient.pointer, gradient.rows, width)
  }
}
