import Kernels
import Layers

/// Forward and backward passes of an any-order transformer over whole sequences, with all buffers planned once.
///
/// Sequences are independent of each other up to the weight gradients, so one thread carries a group of about 256
/// rows through the entire forward pass without meeting the others. The backward pass meets once a block, to form
/// that block's weight gradients from all rows. How sequences are grouped depends on shapes only, and so the results
/// do not depend on the number of threads.
public final class AnyOrderPass {
  public let model: AnyOrderTransformer
  public let precision: Precision
  private let engine: any PassEngine

  /// Sequences that fit the buffers; a larger batch is processed in parts of at most this many.
  public var capacity: Int { engine.capacity }

  /// Sequences that are worth processing together: about 4,096 rows, or a batch if that is less.
  public static func capacity(_ configuration: AnyOrderConfiguration, batch: Int = .max) -> Int {
    min(max(4096 / configuration.sequence.length, 1), max(batch, 1))
  }

  /// Bytes of the buffers that training plans for batches of some size; weights and what each thread needs for
  /// itself come on top.
  public static func bytesForTraining(
    _ configuration: AnyOrderConfiguration, batch: Int, precision: Precision
  ) -> Int {
    let capacity = capacity(configuration, batch: batch)
    return switch precision {
    case .float32: CPUPass<Float>.bytesForTraining(configuration, capacity: capacity)
    case .bfloat16: CPUPass<BFloat16>.bytesForTraining(configuration, capacity: capacity)
    }
  }

  /// - Parameters:
  ///   - capacity: sequences processed together; nil plans for about 4,096 rows.
  ///   - training: whether `accumulateGradients` will be called; inference needs a fraction of the memory.
  ///   - precision: one of `Precision.available`.
  public init(
    model: AnyOrderTransformer, capacity: Int? = nil, training: Bool, precision: Precision = .float32
  ) {
    self.model = model
    self.precision = precision
    engine =
      switch precision {
      case .float32: CPUPass<Float>(model: model, capacity: capacity, training: training)
      case .bfloat16: CPUPass<BFloat16>(model: model, capacity: capacity, training: training)
      }
  }

  /// The loss in nats of every prediction, in order layout (B, N): −log p(x at orders[i] | what came before).
  public func losses(of batch: AnyOrderBatch) -> [Float] {
    engine.losses(of: batch)
  }

  /// The logits of every prediction, in order layout (B·N, V).
  public func logits(of batch: AnyOrderBatch) -> [Float] { engine.logits(of: batch) }

  /// Adds ∂(mean loss)/∂parameter to every gradient and returns the losses as `losses(of:)` does.
  ///
  /// The mean is over all B·N predictions (pipeline/method/transformer.md §6).
  public func accumulateGradients(of batch: AnyOrderBatch, dropouts: DropoutPlan?) -> [Float] {
    engine.accumulateGradients(of: batch, dropouts: dropouts)
  }
}

/// A pass in some precision.
protocol PassEngine: AnyObject {
  var capacity: Int { get }
  func losses(of batch: AnyOrderBatch) -> [Float]
  func logits(of batch: AnyOrderBatch) -> [Float]
  func accumulateGradients(of batch: AnyOrderBatch, dropouts: DropoutPlan?) -> [Float]
}
