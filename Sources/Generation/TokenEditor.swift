import Kernels
import Models
import Orders
import Randomness

/// Completes images of which some tokens are known: inpainting, outpainting and editing without retraining
/// (paper, figure 1; pipeline/method/generation.md §8).
///
/// Each window of the canvas is one generation: its known tokens are read in one causal pass, the others
/// drawn in the order of the policy, with guidance, teacher and rules as in sampling.
public final class TokenEditor {
  /// The sequence in which the model reads known tokens.
  public enum KnownOrder: String, Codable, Sendable, CaseIterable {
    /// Row by row.
    case raster
    /// A uniform random permutation for each image.
    case random
    /// By equation (1) among the known locations, teacher forced: as a specialised model was trained. The
    /// teacher chooses where there is one.
    case greedy
    /// As in the given order.
    case given
  }

  /// One picture to complete.
  public struct Job: Sendable {
    public let condition: Condition
    /// Identifies the picture's random streams.
    public let image: UInt64
    /// (canvas height, width): codes of known cells, nil elsewhere.
    public let codes: [Int?]
    /// The order of a window to follow, for the policy `given`.
    public let order: [Int]?

    public init(condition: Condition, image: UInt64, codes: [Int?], order: [Int]? = nil) {
      self.condition = condition
      self.image = image
      self.codes = codes
      self.order = order
    }
  }

  private let generator: ImageGenerator
  private let extractor: (any OrderExtractor)?
  private let grid: Int
  private let batch: Int
  private let policy: OrderPolicy
  private let knownOrder: KnownOrder

  /// - Parameters:
  ///   - model: of a square grid.
  ///   - policy: the order in which unknown cells are drawn.
  ///   - batch: images completed together; results do not depend on it.
  public init(
    model: AnyOrderTransformer, teacher: AnyOrderTransformer? = nil, settings: GenerationSettings,
    policy: OrderPolicy, knownOrder: KnownOrder, batch: Int, precision: Precision = .float32
  ) {
    precondition(model.configuration.gridHeight == model.configuration.gridWidth, "windows are square")
    generator = ImageGenerator(
      model: model, teacher: teacher, settings: settings, batch: batch, precision: precision)
    let chooser = teacher ?? model
    extractor =
      if knownOrder != .greedy {
        nil
      } else if chooser.configuration.predicts == .locations {
        PolicyOrderExtractor(policy: chooser, batch: batch, precision: precision)
      } else {
        GreedyOrderExtractor(model: chooser, batch: batch, precision: precision)
      }
    grid = model.configuration.gridHeight
    self.batch = batch
    self.policy = policy
    self.knownOrder = knownOrder
  }

  /// Completes any number of pictures on one canvas.
  ///
  /// - Parameters:
  ///   - each: called with the number of windows just filled; throws to stop.
  /// - Returns: for each picture codes of the canvas in raster layout, the cells in sequence (the known ones
  ///   first, as
  ///   the model read them where one window is the whole canvas, else row by row) and confidences, 1 for known
  ///   cells.
  public func complete(
    _ jobs: [Job], plan: CanvasPlan, seed: UInt64, each: (Int) throws -> Void = { _ in }
  ) rethrows -> [GeneratedTokens] {
    var canvases = jobs.map { $0.codes }
    var results = jobs.map { job in
      let known = job.codes.indices.filter { job.codes[$0] != nil }
      return GeneratedTokens(
        tokens: job.codes.map { $0 ?? 0 }, order: known, confidence: known.map { _ in 1 })
    }
    for (number, window) in plan.windows.enumerated() {
      let cells = plan.cells(of: window, grid: grid)
      // Pictures that have equally many known cells go together.
      let groups = Dictionary(grouping: jobs.indices) { job in cells.count { canvases[job][$0] != nil } }
      for (known, members) in groups.sorted(by: { $0.key < $1.key }) where known < cells.count {
        for start in stride(from: 0, to: members.count, by: batch) {
          let part = Array(members[start..<min(start + batch, members.count)])
          let requests = requests(
            part.map { jobs[$0] }, codes: part.map { job in cells.map { canvases[job][$0] } },
            window: number, seed: seed)
          for (job, made) in zip(part, generator.generate(requests)) {
            results[job].steps += made.steps
            if plan.isWhole(grid: grid) { results[job].order = made.order.prefix(known).map { cells[$0] } }
            for step in known..<cells.count {
              let cell = cells[made.order[step]]
              canvases[job][cell] = made.tokens[made.order[step]]
              results[job].tokens[cell] = made.tokens[made.order[step]]
              results[job].order.append(cell)
              results[job].confidence.append(made.confidence[step])
            }
          }
          try each(part.count)
        }
      }
    }
    return results
  }

  /// - Parameter codes: of each job's window.
  private func requests(
    _ jobs: [Job], codes: [[Int?]], window: Int, seed: UInt64
  ) -> [GenerationRequest] {
    // The first window draws as a whole image does.
    let part = window == 0 ? nil : UInt64(window)
    let known = knownOrders(jobs, codes, part: part, seed: seed)
    return jobs.indices.map { index in
      let job = jobs[index]
      let order: [Int]? =
        switch policy {
        case .greedy: nil
        case .raster: GenerationOrder.raster(grid * grid)
        case .random: permutation("sample.order", job, part, seed)
        case .given: job.order
        }
      return GenerationRequest(
        condition: job.condition, order: order, image: job.image, seed: seed, window: part,
        known: KnownTokens(order: known[index], codes: known[index].map { codes[index][$0] ?? 0 }))
    }
  }

  private func knownOrders(_ jobs: [Job], _ codes: [[Int?]], part: UInt64?, seed: UInt64) -> [[Int]] {
    let raster = codes.map { codes in codes.indices.filter { codes[$0] != nil } }
    switch knownOrder {
    case .raster: return raster
    case .greedy:
      return extractor?.orders(
        tokens: codes.map { $0.map { $0 ?? 0 } }, conditions: jobs.map(\.condition), among: raster) ?? raster
    case .random:
      return jobs.indices.map { index in
        permutation("edit.known", jobs[index], part, seed).filter { codes[index][$0] != nil }
      }
    case .given:
      return jobs.indices.map { index in (jobs[index].order ?? []).filter { codes[index][$0] != nil } }
    }
  }

  private func permutation(_ purpose: String, _ job: Job, _ part: UInt64?, _ seed: UInt64) -> [Int] {
    var stream = RandomStream(seed: seed, purpose: purpose, job.image, part)
    return stream.permutation(grid * grid)
  }
}
