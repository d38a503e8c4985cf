import Foundation
import Kernels
import Models

/// One size that is swept while everything else stays.
struct CurveSweep {
  struct Point {
    let x: Int
    let sizes: AnyOrderConfiguration
    /// Images decoded together.
    let images: Int
    /// Images of a training step; nil for about 4,096 tokens.
    var batch: Int?
    /// Threads; nil for those of the run.
    var threads: Int?
  }

  /// Times at one point.
  struct Result {
    let x: Int
    let work: String
    let precision: Precision
    /// Images of one repetition.
    let images: Int
    let samples: Samples
    let gigaflops: Double
    var imagesPerSecond: Double { Double(images) / samples.median }
  }

  let id: String
  let title: String
  let xLabel: String
  let isLogarithmic: Bool
  let points: [Point]

  /// The works that are drawn, by their names in legends.
  static let works = ["training", "extraction", "random sampling"]

  /// All works at all points, the precisions of a work in turn.
  func measure(_ options: MeasureOptions) throws -> [Result] {
    var results: [Result] = []
    for point in points {
      FileHandle.standardError.write(Data("benchmark: \(xLabel) \(point.x)\n".utf8))
      Parallel.configure(threads: point.threads ?? options.threads)
      let batch = point.batch ?? max(4096 / point.sizes.locations, 1)
      let works = TransformerWorks(
        model: RandomModel(point.sizes), batch: batch, images: point.images, precisions: options.precisions)
      let measured = [
        (works.training, batch), (works.extraction, point.images),
        (works.sampling("random", "random sampling", images: point.images), point.images),
      ]
      for (name, (work, images)) in zip(Self.works, measured) {
        let precisions = options.precisions.filter(work.has)
        let contenders = try precisions.map { precision in
          Contest.Contender(
            name: precision.rawValue,
            measure: try Stopwatch.repetition(of: try work.prepare(precision)))
        }
        let samples = try Contest(rounds: options.repetitions, rest: 0).run(contenders)
        for (precision, samples) in zip(precisions, samples) {
          results.append(
            Result(
              x: point.x, work: name, precision: precision, images: images, samples: samples,
              gigaflops: work.operations / samples.median / 1e9))
        }
      }
    }
    return results
  }
}
