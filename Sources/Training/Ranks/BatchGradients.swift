import Communication
import Kernels
import Layers
import Models

/// The gradient of a step's batch, computed group by group of its images, on one rank or on several.
///
/// With the sum `fixed` a group's gradient is computed by itself and all are added as a binary tree over groups, of which
/// each rank has a subtree: the result has the same bytes for any number of ranks. With `plain` each rank computes all of its
/// images at once and MPI adds the ranks up.
package final class BatchGradients {
  private let model: AnyOrderTransformer
  private let pass: AnyOrderPass
  private let ranks: any Communicator
  private let exchange: GradientExchange?
  private let tree: GradientTree
  /// The groups of this rank's images.
  private let groups: [Range<Int>]
  /// Where each of the model's `gradientParts` lies in its arena.
  private let parts: [Range<Int>]
  private let trace: TrainingTrace?

  /// - Parameter optimizer: the model's, which knows what each rank updates.
  package init(
    _ model: AnyOrderTransformer, _ settings: TrainingSettings, precision: Precision = .float32,
    ranks: any Communicator, optimizer: AdamW, trace: TrainingTrace? = nil
  ) {
    self.model = model
    self.ranks = ranks
    exchange = optimizer.exchange
    self.trace = trace
    let count = settings.sum == .plain ? ranks.count : settings.groups ?? 1
    let size = settings.batch / count
    groups = (ranks.rank * count / ranks.count..<(ranks.rank + 1) * count / ranks.count).map {
      $0 * size..<($0 + 1) * size
    }
    pass = AnyOrderPass(
      model: model, capacity: AnyOrderPass.capacity(model.configuration, batch: size), training: true,
      precision: precision)
    tree = GradientTree(model.arena.gradients)
    let ends = model.arena.layout.offsets.dropFirst() + [model.arena.layout.count]
    parts = model.gradientParts.map { part in
      part.isEmpty ? 0..<0 : model.arena.layout.offsets[part.lowerBound]..<Array(ends)[part.upperBound - 1]
    }
  }

  /// Adds the batch's gradient to that of every parameter; on several ranks to those that this one updates.
  /// - Returns: the losses of all images.
  package func accumulate(_ batch: AnyOrderBatch, dropouts: DropoutPlan?) -> PassLosses {
    var losses = PassLosses()
    for (index, images) in groups.enumerated() {
      trace?.begin("forward", on: .compute)
      let isLast = index == groups.count - 1
      let share = BatchShare(images, continues: index > 0) { [self] part in
        trace?.end(part == 0 ? "forward" : "part \(part)", on: .compute)
        if part + 1 < parts.count { trace?.begin("part \(part + 1)", on: .compute) }
        guard isLast else { return }
        tree.complete(parts[part], after: index)
        exchange?.begin(part)
      }
      let found = pass.accumulateGradients(of: batch, dropouts: dropouts, share: share)
      losses.codes += found.codes
      losses.texts += found.texts
      if !isLast { tree.wait(after: index) }
    }
    guard let exchange else { return losses }
    trace?.begin("wait", on: .compute)
    exchange.finish()
    trace?.end("wait", on: .compute)
    losses.codes = ranks.gather(losses.codes)
    losses.texts = ranks.gather(losses.texts)
    return losses
  }
}
