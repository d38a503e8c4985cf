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

  /// The loss in nats of every code, in order layout (B, N): −log p(x at orders[i] | what came before).
  public func losses(of batch: AnyOrderBatch) -> [Float] { engine.losses(of: batch).codes }

  /// The losses of codes and of texts.
  public func allLosses(of batch: AnyOrderBatch) -> PassLosses { engine.losses(of: batch) }

  /// The logits of every code, in order layout (B·N, V).
  public func logits(of batch: AnyOrderBatch) -> [Float] { engine.logits(of: batch).codes }

  /// The logits of texts' tokens, (B·T, text tokens); of a model of classes none.
  public func textLogits(of batch: AnyOrderBatch) -> [Float] { engine.logits(of: batch).texts }

  /// Adds ∂L/∂parameter to every gradient and returns the losses that L is made of, as `PassLosses` says.
  ///
  /// - Parameter share: the images that are gone through; nil for all.
  public func accumulateGradients(
    of batch: AnyOrderBatch, dropouts: DropoutPlan?, share: BatchShare? = nil
  ) -> PassLosses {
    engine.accumulateGradients(of: batch, dropouts: dropouts, share: share)
  }
}

/// Some images of a batch, whose part of the gradient is computed by itself.
///
/// L stays the mean over the whole batch, and dropout what it is there. So the parts of a batch add up to its gradient.
public struct BatchShare {
  public let images: Range<Int>
  /// Whether the weights are those of the share before, so that nothing has to be taken over from them.
  public let continues: Bool
  /// Called when a part of the gradient is complete, with its index in `gradientParts`.
  public let finished: ((Int) -> Void)?

  public init(_ images: Range<Int>, continues: Bool, finished: ((Int) -> Void)? = nil) {
    self.images = images
    self.continues = continues
    self.finished = finished
  }
}

/// The losses of a pass in nats.
///
/// L is the mean over all B·N codes (pipeline/method/transformer.md §6), in a model of texts 7/8 of it plus an eighth of
/// the mean over all B·T tokens of texts, pads among them (pipeline/method/text-to-image.md §3).
public struct PassLosses: Sendable, Equatable {
  /// In order layout, (B, N).
  public var codes: [Float] = []
  /// (B, T), or nothing in a model of classes.
  public var texts: [Float] = []

  /// The weight of codes in L, where there are texts.
  static let codeShare: Float = 7 / 8

  /// L of the mean losses of codes and of texts.
  public static func total(codes: Double, texts: Double) -> Double {
    Double(codeShare) * codes + Double(1 - codeShare) * texts
  }

  public init() {}
}

/// A pass in some precision.
protocol PassEngine: AnyObject {
  var capacity: Int { get }
  func losses(of batch: AnyOrderBatch) -> PassLosses
  func logits(of batch: AnyOrderBatch) -> (codes: [Float], texts: [Float])
  func accumulateGradients(of batch: AnyOrderBatch, dropouts: DropoutPlan?, share: BatchShare?) -> PassLosses
}
