import Foundation

/// The inception score (Salimans et al. 2016): exp of the mean divergence KL(p(y|x) ‖ p(y)) of a classifier's
/// predictions from their mean, by split (pipeline/method/metrics.md §6).
///
/// Scores rise with the images per split and never compare across split sizes. Only logits of the Inception
/// of 2015 (1008 columns, without bias) give the field's number; any other classifier's needs another name.
public struct InceptionScore: Sendable, Equatable {
  /// Which images make a split.
  public enum Division: Sendable, Equatable {
    /// As in torch-fidelity: rows shuffled by `numpy.random.RandomState(seed).permutation`, then equal splits.
    case shuffled(splits: Int, seed: UInt32)
    /// Equal splits of the rows as they come. Images sorted by class then give a score that is too low.
    case inOrder(splits: Int)
    /// As in guided-diffusion: chunks of so many rows as they come, the last one shorter with equal weight.
    case chunks(of: Int)
  }

  /// The score of every split.
  public let splits: [Double]
  public var mean: Double { Summary(of: splits).mean }
  /// Population deviation over splits, as torch-fidelity reports it.
  public var deviation: Double { Summary(of: splits).populationDeviation }

  /// - Parameter logits: (images, classes), before the softmax.
  /// - Throws: `MetricError.tooFewImages` for fewer images than splits.
  public init(logits: FeatureSet, division: Division) throws {
    let count = logits.count
    let ranges: [Range<Int>]
    var rows = Array(0..<count)
    switch division {
    case .shuffled(let splits, let seed):
      ranges = try Self.ranges(of: logits, splits: splits)
      var twister = MersenneTwister(seed: seed)
      rows = twister.permutation(count)
    case .inOrder(let splits): ranges = try Self.ranges(of: logits, splits: splits)
    case .chunks(let size):
      precondition(size > 0, "a chunk has at least one image")
      ranges = try Self.ranges(of: logits, splits: 1).flatMap { all in
        stride(from: 0, to: all.count, by: size).map { $0..<min($0 + size, all.count) }
      }
    }
    splits = ranges.map { Self.score(logits, rows[$0]) }
  }

  /// Rows ⌊i·N/S⌋ ..< ⌊(i+1)·N/S⌋ of every split i.
  private static func ranges(of logits: FeatureSet, splits: Int) throws -> [Range<Int>] {
    precondition(splits > 0, "an inception score has at least one split")
    let count = logits.count
    guard count >= splits else {
      throw MetricError.tooFewImages(
        metric: "an inception score of \(splits) splits", set: logits.name, found: count, needed: splits)
    }
    return (0..<splits).map { $0 * count / splits..<($0 + 1) * count / splits }
  }

  /// exp(mean over rows of Σ p (log p − log mean p)), in doubles throughout.
  private static func score(_ logits: FeatureSet, _ rows: ArraySlice<Int>) -> Double {
    let classes = logits.dimension
    var mean = [Double](repeating: 0, count: classes)
    var negativeEntropy = 0.0
    for row in rows {
      let values = logits.values[row * classes..<(row + 1) * classes].map(Double.init)
      let largest = values.max() ?? 0
      let logSum = largest + log(values.reduce(0) { $0 + exp($1 - largest) })
      for (index, value) in values.enumerated() {
        let probability = exp(value - logSum)
        mean[index] += probability
        negativeEntropy += probability * (value - logSum)
      }
    }
    // The mean of Σ p log mean p over rows is Σ mean p · log mean p.
    let count = Double(rows.count)
    let marginal = mean.reduce(0) { sum, total in
      total > 0 ? sum + total / count * log(total / count) : sum
    }
    return exp(negativeEntropy / count - marginal)
  }
}
