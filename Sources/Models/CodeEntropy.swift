import CKernels
import Foundation
import Kernels

/// The entropy term of the quantiser's loss: weight · (mean H(p of a latent) - H(mean p)), where p is the
/// softmax of -distance/0.01 over the codes (LlamaGen's `compute_entropy_loss`; off by default there too).
struct CodeEntropy {
  let weight: Float
  private let temperature: Float = 0.01
  /// Inside the logarithm of the average, as in the official code.
  private let floor = 1e-5

  /// Returns the weighted term and adds its gradients.
  ///
  /// With uₖ = log(qₖ + ε) + qₖ/(qₖ + ε) - log pₖ, q the average of p, the gradient of the scores is
  /// weight/rows · pₖ (uₖ - Σⱼ pⱼuⱼ). Distances on the sphere are 2 - 2 cos, so that scores are 2 cos / 0.01
  /// and a constant, whose gradient the scaling to length one removes.
  func add(units: Tensor, codes: Tensor, unitGradient: Tensor, codeGradient: Tensor) -> Double {
    let (rows, count, width) = (units.rows, codes.rows, units.columns)
    let scores = Tensor(uninitialized: [rows, count])
    product(
      rows, count, width, alpha: 2 / temperature, units.pointer, stride: width, .asIs, codes.pointer,
      stride: width, .transposed, into: scores.pointer, stride: count)
    let probabilities = Tensor(uninitialized: scores.shape)
    probabilities.copy(from: scores)
    ck_softmax_rows(probabilities.pointer, rows, count, 1)

    var average = [Double](repeating: 0, count: count)
    var sampleEntropy = 0.0
    for row in 0..<rows {
      let (p, score) = (probabilities.row(row), scores.row(row))
      // log p = score - log Σ exp(score), from the largest probability, which is at least 1 / count.
      var top = 0
      for k in 1..<count where p[k] > p[top] { top = k }
      let logSumExp = score[top] - log(p[top])
      for k in 0..<count {
        average[k] += Double(p[k])
        score[k] -= logSumExp
        sampleEntropy -= Double(p[k]) * Double(score[k])
      }
    }
    var averageEntropy = 0.0
    var level = [Float](repeating: 0, count: count)
    for k in 0..<count {
      let q = average[k] / Double(rows)
      averageEntropy -= q * log(q + floor)
      level[k] = Float(log(q + floor) + q / (q + floor))
    }
    let factor = weight / Float(rows) * 2 / temperature
    for row in 0..<rows {
      let (p, score) = (probabilities.row(row), scores.row(row))
      var mean: Float = 0
      for k in 0..<count {
        score[k] = level[k] - score[k]
        mean += p[k] * score[k]
      }
      for k in 0..<count { score[k] = factor * p[k] * (score[k] - mean) }
    }
    product(
      rows, width, count, scores.pointer, stride: count, .asIs, codes.pointer, stride: width, beta: 1,
      into: unitGradient.pointer, stride: width)
    product(
      count, width, rows, scores.pointer, stride: count, .transposed, units.pointer, stride: width, beta: 1,
      into: codeGradient.pointer, stride: width)
    return Double(weight) * (sampleEntropy / Double(rows) - averageEntropy)
  }
}
